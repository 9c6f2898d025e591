#pragma once
#include <string>

#include "tests/support/test_database.hpp"

namespace esteira::test {

/// A user of PostgreSQL who may read and write every table of one database and owns none, as a deployment should have
/// it. The destructor drops it. One thread at a time.
class TestRole {
 public:
  /// `database` must outlive the role.
  explicit TestRole(TestDatabase& database);
  ~TestRole();
  TestRole(const TestRole&) = delete;
  TestRole& operator=(const TestRole&) = delete;

  /// The URL of the database with this user.
  [[nodiscard]] std::string url() const;
  /// Runs "grant RIGHT to" or "revoke RIGHT from" this user; `right` is such as "insert on orders".
  void grant(const std::string& right);
  void revoke(const std::string& right);

 private:
  TestDatabase& database_;
  const std::string name_;
};

}  // namespace esteira::test
