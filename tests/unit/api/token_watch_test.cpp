#include "api/token_watch.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/secret_volume.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/written_stderr.hpp"

using esteira::api::ClientToken;
using esteira::api::TokenWatch;
using esteira::runtime::Config;
using esteira::test::SecretVolume;
using esteira::test::wait_until;

namespace {

using Tokens = std::vector<ClientToken>;

/// What a watch of these files passed on.
class WatchedTokens {
 public:
  explicit WatchedTokens(const SecretVolume& volume)
      : watch_(
            Config(esteira::runtime::kApi, {{"DATABASE_URL", "postgresql://localhost/x"},
                                            {"RABBITMQ_URL", "amqp://localhost"},
                                            {"SECRET_TOKEN_FILE", volume.path_of("token")},
                                            {"ESTEIRA_CLIENT_TOKENS_FILE", volume.path_of("clients")}}),
            [this](const Tokens& tokens) {
              const std::lock_guard lock(mutex_);
              tokens_ = tokens;
              ++calls_;
            },
            std::chrono::milliseconds(10)) {
    watch_.start();
  }

  [[nodiscard]] bool become(const Tokens& expected) {
    return wait_until([&] {
      const std::lock_guard lock(mutex_);
      return tokens_ == expected;
    });
  }
  [[nodiscard]] int calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  void stop() { watch_.stop(); }

 private:
  std::mutex mutex_;
  Tokens tokens_;
  int calls_ = 0;
  TokenWatch watch_;
};

/// The lines that were logged until one contains `last`.
std::string logged_until(esteira::test::WrittenStderr& written, const std::string& last) {
  std::string text;
  CHECK(wait_until([&] {
    text += written.next();
    return text.find(last) != std::string::npos;
  }));
  return text;
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace

TEST_CASE("tokens follow a volume of Kubernetes whose directory is swapped") {
  SecretVolume volume{{"token", "first\n"}, {"clients", "shop:second\n"}};
  WatchedTokens watched(volume);
  volume.update("token", "third,first\n");
  CHECK(watched.become({{"default", "third"}, {"default", "first"}, {"shop", "second"}}));
  volume.update("clients", "pos:fourth");
  CHECK(watched.become({{"default", "third"}, {"default", "first"}, {"pos", "fourth"}}));
  CHECK(watched.calls() == 2);
}

TEST_CASE("tokens follow a file that is written in place") {
  const SecretVolume volume{{"token", "first\n"}, {"clients", "shop:second\n"}};
  WatchedTokens watched(volume);
  volume.write_in_place("token", "third");
  CHECK(watched.become({{"default", "third"}, {"shop", "second"}}));
}

TEST_CASE("invalid tokens change nothing and are logged once, without the content") {
  SecretVolume volume{{"token", "first\n"}, {"clients", "shop:second\n"}};
  esteira::test::WrittenStderr written;
  WatchedTokens watched(volume);
  const auto* invalid = GENERATE("", "hush,,hush", "second", "hush\xff");
  volume.update("token", invalid);
  auto text = logged_until(written, "the former ones stay valid");
  volume.update("token", "third");
  CHECK(watched.become({{"default", "third"}, {"shop", "second"}}));
  text += logged_until(written, "the tokens have changed");
  watched.stop();
  CHECK(watched.calls() == 1);
  CHECK(occurrences(text, "the former ones stay valid") == 1);
  CHECK_THAT(text, !Catch::Contains("hush") && !Catch::Contains("third"));
}

TEST_CASE("a token file that disappears changes nothing until it is there again") {
  const SecretVolume volume{{"token", "first\n"}, {"clients", "shop:second\n"}};
  esteira::test::WrittenStderr written;
  WatchedTokens watched(volume);
  std::filesystem::rename(volume.path_of("token"), volume.path_of("gone"));
  CHECK_THAT(logged_until(written, "the former ones stay valid"), Catch::Contains("there is no such file"));
  CHECK(watched.calls() == 0);
  std::filesystem::rename(volume.path_of("gone"), volume.path_of("token"));
  CHECK(watched.become({{"default", "first"}, {"shop", "second"}}));
}
