#include <algorithm>
#include <cstdio>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>

#include "cli/dlq/dlq.hpp"
#include "cli/dlq/dlq_session.hpp"

namespace esteira::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string time_text(std::int64_t seconds) {
  if (seconds <= 0) return "unknown";
  const std::time_t time = seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string reason_text(const QueuedDeadLetter& dead) {
  if (!dead.letter.reason.empty()) return dead.letter.reason;
  return dead.fault.empty() ? "given up by the broker" : "not an order: " + dead.fault;
}

Json letter_json(const QueuedDeadLetter& dead, bool with_body) {
  Json shown = {{"stage", dead.letter.stage},       {"order_id", dead.letter.order_id},
                {"message_id", dead.message_id},    {"redrive", dead.letter.redrive},
                {"reason", reason_text(dead)},      {"died_at", time_text(dead.died_at)},
                {"malformed", !dead.fault.empty()}, {"bytes", dead.letter.body.size()}};
  if (with_body) shown["body"] = dead.letter.body;
  return shown;
}

/// What came from a broker may hold anything; a terminal gets one line of it.
std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void print_line(const QueuedDeadLetter& dead) {
  std::printf("%-20s %-10s %-36s %3d  %s\n", time_text(dead.died_at).c_str(), dead.letter.stage.c_str(),
              dead.letter.order_id.empty() ? "-" : dead.letter.order_id.c_str(), dead.letter.redrive,
              printable(reason_text(dead)).c_str());
}

void print_whole(const QueuedDeadLetter& dead) {
  std::printf(
      "stage       %s\norder       %s\nmessage     %s\ndied        %s\nredrives    %d\nreason      %s\n"
      "traceparent %s\nbody        %s\n\n",
      dead.letter.stage.c_str(), dead.letter.order_id.empty() ? "-" : dead.letter.order_id.c_str(),
      printable(dead.message_id).c_str(), time_text(dead.died_at).c_str(), dead.letter.redrive,
      printable(reason_text(dead)).c_str(), printable(dead.letter.traceparent).c_str(),
      printable(dead.letter.body).c_str());
}

}  // namespace

int run_dlq_list(const Arguments& arguments) {
  auto valued = DeadLetterFilter::options();
  valued.insert("--limit");
  const Options options(arguments, {std::move(valued), {"--json"}});
  const auto filter = DeadLetterFilter::from(options);
  const auto limit = options.number("--limit").value_or(std::numeric_limits<std::size_t>::max());
  DlqSession dlq(filter);
  if (!options.has("--json")) std::printf("%-20s %-10s %-36s %3s  %s\n", "died", "stage", "order", "run", "reason");
  std::size_t shown = 0;
  for (; shown < limit; ++shown) {
    const auto dead = dlq.letters->next();
    if (!dead) break;
    options.has("--json") ? void(std::puts(dump(letter_json(*dead, false)).c_str())) : print_line(*dead);
  }
  std::fprintf(stderr, "%zu letters shown, %zu in the queues\n", shown, dlq.letters->size());
  return 0;
}

int run_dlq_show(const Arguments& arguments) {
  const Options options(arguments, {{"--stage"}, {"--json"}, 1});
  const auto& wanted = options.words().front();
  DlqSession dlq(DeadLetterFilter::from(options));
  std::size_t found = 0;
  while (const auto dead = dlq.letters->next()) {
    if (dead->letter.order_id != wanted && dead->message_id != wanted) continue;
    ++found;
    options.has("--json") ? void(std::puts(dump(letter_json(*dead, true)).c_str())) : print_whole(*dead);
  }
  if (found == 0) std::fprintf(stderr, "esteira: no dead letter of '%s'\n", wanted.c_str());
  return found == 0 ? 1 : 0;
}

}  // namespace esteira::cli
