/* Every structure of the boundary, in a library that abidiff compares with the recorded version. */
#include <esteira/abi.h>

struct boundary {
  struct esteira_plugin_descriptor* descriptor;
  struct esteira_create_request* create_request;
  struct esteira_host* host;
  struct esteira_message* message;
  struct esteira_outcome* outcome;
};

__attribute__((visibility("default"))) const void* boundary_of(const struct boundary* boundary);
const void* boundary_of(const struct boundary* boundary) { return boundary; }
