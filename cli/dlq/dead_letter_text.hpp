#pragma once
#include "cli/dlq/dead_letter_message.hpp"

namespace esteira::cli {

// Print dead letters on stdout. Headers and bodies may hold any bytes: in the forms for a terminal, control characters
// become spaces; in JSON, bytes that are not UTF-8 are replaced.

/// The header line of a table.
void print_table_header();
/// One line of that table.
void print_table_row(const DeadLetterMessage& message);
/// All parts, a line each.
void print_details(const DeadLetterMessage& message);
/// A JSON object on one line.
void print_json(const DeadLetterMessage& message, bool with_body);

}  // namespace esteira::cli
