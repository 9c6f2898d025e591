#pragma once
#include "runtime/http/message.hpp"

/// The errors of the API that have a type of their own, because clients tell them apart by more than the status.
/// Clients depend on the URIs: add types, but never change one. README.md lists them, and a test compares.
namespace esteira::api::problems {

using runtime::http::ProblemType;

inline constexpr ProblemType kInvalidJson{"urn:esteira:problem:invalid-json", 400, "Not valid JSON"};
inline constexpr ProblemType kInvalidQuery{"urn:esteira:problem:invalid-query", 400, "Not a valid query"};
inline constexpr ProblemType kInvalidKey{"urn:esteira:problem:invalid-idempotency-key", 400, "Invalid idempotency key"};
inline constexpr ProblemType kMissingToken{"urn:esteira:problem:missing-token", 401, "No bearer token"};
inline constexpr ProblemType kInvalidToken{"urn:esteira:problem:invalid-token", 401, "Invalid bearer token"};
inline constexpr ProblemType kUnknownOrder{"urn:esteira:problem:unknown-order", 404, "Unknown order"};
inline constexpr ProblemType kTooLateToCancel{"urn:esteira:problem:too-late-to-cancel", 409,
                                              "Too late to cancel the order"};
inline constexpr ProblemType kNotJson{"urn:esteira:problem:unsupported-media-type", 415, "Not sent as JSON"};
inline constexpr ProblemType kCompressed{"urn:esteira:problem:compressed-body", 415, "Compressed body"};
inline constexpr ProblemType kInvalidOrder{"urn:esteira:problem:invalid-order", 422, "Not a valid order"};
inline constexpr ProblemType kReusedKey{"urn:esteira:problem:reused-idempotency-key", 422,
                                        "Idempotency key used for another order"};
inline constexpr ProblemType kOverloaded{"urn:esteira:problem:overloaded", 503, "Too many requests are queued"};
inline constexpr ProblemType kUnavailable{"urn:esteira:problem:database-unavailable", 503, "Database unavailable"};

}  // namespace esteira::api::problems
