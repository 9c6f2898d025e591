#include "cli/dlq/dead_letter_text.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <string>

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

std::string reason_text(const DeadLetterMessage& message) {
  if (!message.letter.reason.empty()) return message.letter.reason;
  return message.fault.empty() ? "dead-lettered by the broker" : "not an order: " + message.fault;
}

std::string order_text(const DeadLetterMessage& message) {
  return message.letter.order_id.empty() ? "-" : message.letter.order_id;
}

std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

}  // namespace

void print_table_header() {
  std::printf("%-20s %-10s %-36s %7s  %s\n", "died_at", "stage", "order", "redrive", "reason");
}

void print_table_row(const DeadLetterMessage& message) {
  std::printf("%-20s %-10s %-36s %7d  %s\n", time_text(message.died_at).c_str(), message.letter.stage.c_str(),
              order_text(message).c_str(), message.letter.redrive, printable(reason_text(message)).c_str());
}

void print_details(const DeadLetterMessage& message) {
  const auto line = [](const char* name, const std::string& text) {
    std::printf("%-11s %s\n", name, printable(text).c_str());
  };
  line("stage", message.letter.stage);
  line("order", order_text(message));
  line("message_id", message.message_id);
  line("died_at", time_text(message.died_at));
  line("redrive", std::to_string(message.letter.redrive));
  line("reason", reason_text(message));
  line("traceparent", message.letter.traceparent);
  line("body", message.letter.body);
  std::puts("");
}

void print_json(const DeadLetterMessage& message, bool with_body) {
  Json shown = {{"stage", message.letter.stage},       {"order_id", message.letter.order_id},
                {"message_id", message.message_id},    {"redrive", message.letter.redrive},
                {"reason", reason_text(message)},      {"died_at", time_text(message.died_at)},
                {"malformed", !message.fault.empty()}, {"bytes", message.letter.body.size()}};
  if (with_body) shown["body"] = message.letter.body;
  std::puts(shown.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

}  // namespace esteira::cli
