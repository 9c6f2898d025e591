#pragma once
#include <memory>
#include <string>

namespace esteira::test {

/// A database for one test. The destructor drops it and terminates its connections. One thread at a time.
class TestDatabase {
 public:
  struct Empty {};
  TestDatabase();  ///< migrated
  /// Without any table; `options` are those of "create database".
  explicit TestDatabase(Empty, const std::string& options = "");
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  /// The first field of the first row as text; "" for no row or null.
  std::string value(const std::string& sql);
  void execute(const std::string& sql);
  /// Terminates every connection to this database except the one of this object.
  void terminate_backends();

 private:
  class Connection;
  explicit TestDatabase(std::string name);

  std::string name_;
  std::string url_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace esteira::test
