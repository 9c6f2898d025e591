#include "cli/dlq/dead_letter_text.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace esteira::cli {
namespace {

using Json = nlohmann::ordered_json;
using runtime::orders::DeadLetterRecord;

std::string time_text(const DeadLetterRecord& record) { return record.died_at.empty() ? "unknown" : record.died_at; }

std::string reason_text(const DeadLetterRecord& record) {
  if (!record.reason.empty()) return record.reason;
  return record.fault.empty() ? "dead-lettered by the broker" : "not an order: " + record.fault;
}

std::string order_text(const DeadLetterRecord& record) { return record.order_id.empty() ? "-" : record.order_id; }

std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

Json json_of(const DeadLetterRecord& record) {
  return {{"stage", record.stage},           {"order_id", record.order_id},       {"redrive", record.redrive},
          {"reason", reason_text(record)},   {"died_at", time_text(record)},      {"message_key", record.message_key},
          {"message_id", record.message_id}, {"malformed", !record.fault.empty()}};
}

void put(const Json& shown) { std::puts(shown.dump(-1, ' ', false, Json::error_handler_t::replace).c_str()); }

}  // namespace

void print_table_header() {
  std::printf("%-20s %-10s %-36s %7s  %s\n", "died_at", "stage", "order", "redrive", "reason");
}

void print_table_row(const DeadLetterRecord& record) {
  std::printf("%-20s %-10s %-36s %7d  %s\n", time_text(record).c_str(), printable(record.stage).c_str(),
              order_text(record).c_str(), record.redrive, printable(reason_text(record)).c_str());
}

void print_details(const DeadLetterRecord& record, const std::string& body) {
  const auto line = [](const char* name, const std::string& text) {
    if (!text.empty()) std::printf("%-11s %s\n", name, printable(text).c_str());
  };
  line("stage", record.stage);
  line("order", order_text(record));
  line("died_at", time_text(record));
  line("redrive", std::to_string(record.redrive));
  line("reason", reason_text(record));
  line("message_key", record.message_key);
  line("message_id", record.message_id);
  line("traceparent", record.traceparent);
  line("body", body);
  std::puts("");
}

void print_json(const DeadLetterRecord& record) { put(json_of(record)); }

void print_json(const DeadLetterRecord& record, const std::string& body) {
  auto shown = json_of(record);
  shown["bytes"] = body.size();
  shown["body"] = body;
  put(shown);
}

}  // namespace esteira::cli
