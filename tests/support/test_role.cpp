#include "tests/support/test_role.hpp"

#include "tests/support/names.hpp"

namespace esteira::test {
namespace {

constexpr const char* kPassword = "of-the-test-role";

}  // namespace

TestRole::TestRole(TestDatabase& database) : database_(database), name_(unique_name("esteira_role")) {
  database_.execute("create role " + name_ + " login password '" + kPassword + "'");
  grant("select, insert, update, delete on all tables in schema public");
}

TestRole::~TestRole() {
  try {
    database_.execute("drop owned by " + name_);
    database_.execute("drop role " + name_);
  } catch (const std::exception&) {
    // Ignored: a server that the test has stopped takes its users with it.
    return;
  }
}

std::string TestRole::url() const {
  const auto& url = database_.url();
  const auto* const separator = url.find('?') == std::string::npos ? "?" : "&";
  return url + separator + "user=" + name_ + "&password=" + kPassword;
}

void TestRole::grant(const std::string& right) { database_.execute("grant " + right + " to " + name_); }

void TestRole::revoke(const std::string& right) { database_.execute("revoke " + right + " from " + name_); }

}  // namespace esteira::test
