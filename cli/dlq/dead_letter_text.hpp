#pragma once
#include <string>

#include "runtime/orders/operations/dead_letters.hpp"

namespace esteira::cli {

// Print dead letters on stdout. Reasons and bodies may hold any bytes: in the forms for a terminal, control characters
// become spaces; in JSON, bytes that are not UTF-8 are replaced.

/// The header line of a table.
void print_table_header();
/// One line of that table.
void print_table_row(const runtime::orders::DeadLetterRecord& record);
/// All parts, a line each.
void print_details(const runtime::orders::DeadLetterRecord& record, const std::string& body);
/// A JSON object on one line, without the body.
void print_json(const runtime::orders::DeadLetterRecord& record);
/// The same with the body.
void print_json(const runtime::orders::DeadLetterRecord& record, const std::string& body);

}  // namespace esteira::cli
