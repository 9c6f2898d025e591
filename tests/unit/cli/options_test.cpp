#include "cli/options.hpp"

#include <catch2/catch.hpp>

using esteira::cli::Arguments;
using esteira::cli::Options;
using esteira::cli::UsageError;

namespace {

Options options_of(const Arguments& arguments, std::size_t words = 0) {
  return {arguments, {{"--limit", "--older"}, {"--yes"}, words}};
}

}  // namespace

TEST_CASE("options are read in both spellings, between words") {
  const auto options = options_of({"--limit", "3/s", "word", "--older=2m", "--yes"}, 1);
  CHECK(options.number("--limit") == 3);
  CHECK(options.duration("--older") == std::chrono::minutes(2));
  CHECK(options.has("--yes"));
  CHECK(options.words() == std::vector<std::string>{"word"});
}

TEST_CASE("an option that was not given has no value") {
  const auto options = options_of({});
  CHECK_FALSE(options.number("--limit"));
  CHECK_FALSE(options.duration("--older"));
  CHECK_FALSE(options.has("--yes"));
}

TEST_CASE("a command line that makes no sense is refused") {
  const auto arguments =
      GENERATE(Arguments{"--nonsense"}, Arguments{"--limit"}, Arguments{"--yes=1"}, Arguments{"word"});
  CHECK_THROWS_AS(options_of(arguments), UsageError);
  CHECK_THROWS_AS(options_of({}, 1), UsageError);
}

TEST_CASE("a value that does not fit is refused") {
  CHECK_THROWS_AS(options_of({"--limit", "0"}).number("--limit"), UsageError);
  CHECK_THROWS_AS(options_of({"--limit", "3x"}).number("--limit"), UsageError);
  CHECK_THROWS_AS(options_of({"--older", "soon"}).duration("--older"), UsageError);
}
