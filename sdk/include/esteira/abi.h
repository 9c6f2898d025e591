/* The boundary between a host and a plugin, in C. This header is the whole contract. C++ plugins use it through
   <esteira/esteira.hpp>, which is compiled into the plugin; a plugin in another compiled language implements it.

   What crosses: the structures below, with texts as pointer and length, and calls of C functions. No C++ object, no
   exception and no ownership of memory cross. Compiler, standard library and language of host and plugin may differ.

   Versions. A plugin of ABI N.m runs on every host of ABI N.k with k >= m; the SDK's COMPATIBILITY.md states the
   promise. A structure only grows at its end, and says how large the side that made it knows it: `struct_size`. Arrays
   of structures say the distance of two elements. Read a member of a later minor version only when it lies within the
   size that the other side gave: ESTEIRA_HAS. Unknown members are ignored. `reserved` is 0.

   Order of calls. The host reads the descriptor, calls `create`, then `handle` for each message, then `destroy`. It may
   call `create` several times: the stages have nothing in common.

   Threads. `create` and `destroy` are called by one thread. `handle` of a blocking stage is called by several threads
   at once, `handle` of an asynchronous stage by one thread at a time. Every function of the host may be called from any
   thread.

   Lifetime. What a call passes is valid until the call returns, if nothing else is said. A task, and the message that
   came with it, live until `handle` returns (blocking stage) or until the plugin releases the task (asynchronous
   stage). The host and its functions live until the process ends.

   Memory. Each side frees what it allocated. A callee that keeps a text copies it.

   Texts are UTF-8, without a terminating NUL, if nothing else is said. `data` may be NULL when `size` is 0. Strings of
   the descriptor are literals with a terminating NUL.

   No function of either side may throw or otherwise leave its frame (longjmp, pthread_exit). */
#ifndef ESTEIRA_ABI_H
#define ESTEIRA_ABI_H

#include <stddef.h>
#include <stdint.h>

#define ESTEIRA_ABI_MAGIC UINT32_C(0x45535445) /* "ESTE" */
#define ESTEIRA_ABI_MAJOR UINT32_C(2)          /* raised when plugins must be rebuilt */
#define ESTEIRA_ABI_MINOR UINT32_C(1)          /* raised when a structure grows */
#define ESTEIRA_PLUGIN_SYMBOL "esteira_plugin"

/* True when the other side knows this member of the structure that `pointer` points to. */
#define ESTEIRA_HAS(pointer, member) \
  ((pointer)->struct_size >=         \
   (size_t)((const char*)(&(pointer)->member) - (const char*)(pointer)) + sizeof((pointer)->member))

#ifdef __cplusplus
extern "C" {
#endif

/* The C naming style is intended. NOLINTBEGIN(readability-identifier-naming) */

struct esteira_text {
  const char* data;
  size_t size; /* in bytes */
};

/* The text of a string literal. */
#define ESTEIRA_TEXT(literal) \
  { (literal), sizeof(literal) - 1 }

/* ---- The message ---------------------------------------------------------------------------------------------- */

struct esteira_item {
  struct esteira_text sku;
  int64_t quantity;        /* at least 1 */
  int64_t unit_price;      /* in cents; 0 when has_unit_price is 0 */
  uint32_t has_unit_price; /* 0: the client gave no price */
  uint32_t reserved;
};

/* The data of an earlier stage. */
struct esteira_stage_data {
  struct esteira_text stage;
  struct esteira_text json; /* a JSON object; numbers have the value that the stage gave them, to the last digit */
};

/* The order as a stage receives it. esteira::Message says more about the members. */
struct esteira_message {
  size_t struct_size;
  struct esteira_text order_id; /* a UUID in lower case */
  struct esteira_text workflow;
  struct esteira_text customer_id;
  struct esteira_text stage;       /* the name of the stage that handles this message */
  struct esteira_text traceparent; /* W3C trace context; empty: none */
  const struct esteira_item* items;
  size_t items_count;
  size_t item_size; /* the distance of two items in bytes: sizeof(struct esteira_item) of the host */
  const struct esteira_stage_data* data; /* sorted by stage */
  size_t data_count;
  size_t data_size;   /* the distance of two elements of `data` in bytes */
  int64_t total;      /* in cents; 0 when has_total is 0 */
  uint32_t has_total; /* 0: the total is not known yet */
  int32_t attempt;    /* 1 for the first attempt */
  int32_t redrive;    /* how often an operator redrove the order */
  uint32_t reserved;
};

/* The item at `index`, which is below items_count. */
static inline const struct esteira_item* esteira_item_at(const struct esteira_message* message, size_t index) {
  const char* first = (const char*)message->items;
  return (const struct esteira_item*)(const void*)(first + index * message->item_size);
}

/* ---- The outcome ---------------------------------------------------------------------------------------------- */

/* esteira_outcome.kind. A host takes a kind that it does not know for ESTEIRA_RETRY. */
enum {
  ESTEIRA_DONE = 0,   /* the stage has done its work */
  ESTEIRA_RETRY = 1,  /* the attempt failed; try again later */
  ESTEIRA_FAIL = 2,   /* the order fails, without another attempt */
  ESTEIRA_SNOOZE = 3, /* not a failure: look again after `delay` */
};

/* The result of a handler. Members that do not belong to the kind are ignored. An outcome that cannot be stored (data
   that is no JSON object, a routing key that is not allowed, a total outside 0 to 9999999999.99) is a failed attempt.
 */
struct esteira_outcome {
  size_t struct_size; /* sizeof(struct esteira_outcome) */
  int32_t kind;
  uint32_t has_total;
  int64_t total;                   /* DONE: the order's total in cents, with has_total not 0 */
  int64_t delay;                   /* RETRY: in milliseconds, negative: as configured. SNOOZE: in milliseconds */
  struct esteira_text data;        /* DONE: a JSON object, or empty */
  struct esteira_text routing_key; /* DONE: of the next event; empty: the stage's */
  struct esteira_text reason;      /* RETRY, FAIL, SNOOZE */
};

/* ---- The host's functions ------------------------------------------------------------------------------------- */

/* The handling of one message: made by the host, opaque to the plugin. */
struct esteira_task;

/* Where a call of the plugin says that it failed: made by the host for that call, opaque to the plugin. */
struct esteira_error;

/* The levels of log lines. */
enum { ESTEIRA_LOG_DEBUG = 0, ESTEIRA_LOG_INFO = 1, ESTEIRA_LOG_WARN = 2, ESTEIRA_LOG_ERROR = 3 };

struct esteira_log_field {
  struct esteira_text name;
  struct esteira_text value;
};

/* The functions of a timer. */
typedef void (*esteira_timer_run)(void* state, struct esteira_error* error);
typedef void (*esteira_timer_drop)(void* state);

struct esteira_host {
  size_t struct_size;

  /* Gives the outcome of a task. The host copies it. The first call counts; later calls, and calls after the deadline,
     do nothing. A blocking stage calls it before `handle` returns. */
  void (*complete)(struct esteira_task* task, const struct esteira_outcome* outcome);

  /* Ends a task of an asynchronous stage: the plugin uses neither the task nor its message any more. Call it exactly
     once for each task, after `complete`, from any thread. A task that is released without an outcome counts as
     ESTEIRA_RETRY. Never call it for a task of a blocking stage. */
  void (*release)(struct esteira_task* task);

  /* The time in nanoseconds of CLOCK_MONOTONIC at which the host stops waiting and counts the attempt as failed. */
  int64_t (*deadline)(const struct esteira_task* task);

  /* Not 0 when the host is shutting down or the deadline has passed. A handler that waits should then return
     ESTEIRA_RETRY; during a shutdown this does not count as an attempt. */
  int32_t (*stop_requested)(const struct esteira_task* task);

  /* Calls `run` once after `delay` milliseconds, on the one timer thread of the host: it must not block. When the host
     stops before, it calls `drop` instead, from any thread, perhaps before `after` returns. Exactly one of the two is
     called. The task may have ended by then. Negative delays count as 0, those of more than a year as a year. */
  void (*after)(struct esteira_task* task, int64_t delay, esteira_timer_run run, esteira_timer_drop drop, void* state);

  /* Writes a log line. The host adds stage, order, trace and attempt. An unknown level counts as ESTEIRA_LOG_ERROR. */
  void (*log)(struct esteira_task* task, int32_t level, struct esteira_text text,
              const struct esteira_log_field* fields, size_t fields_count);

  /* Adds to the counter esteira_plugin_<name>_total of this stage. `name` is [a-z0-9_]+, of a small, fixed set. */
  void (*count)(struct esteira_task* task, struct esteira_text name, double amount);

  /* Records seconds in the histogram esteira_plugin_<name>_seconds of this stage. `name` as for `count`. */
  void (*observe)(struct esteira_task* task, struct esteira_text name, double seconds);

  /* Says in one line why a call failed that was given `error`. The last reason counts. */
  void (*fail)(struct esteira_error* error, struct esteira_text reason);

  /* Since 2.1. Not 0 when somebody asked to cancel the order. The order is cancelled when the stage is done, whatever
     the handler does. One that takes long may give up: after ESTEIRA_SNOOZE with a delay of 0 the order is cancelled
     without another call of `handle`. */
  int32_t (*cancelled)(const struct esteira_task* task);
};

/* ---- The descriptor ------------------------------------------------------------------------------------------- */

/* The types of settings, and how the environment spells their values. */
enum {
  ESTEIRA_SETTING_TEXT = 0,     /* any UTF-8 text */
  ESTEIRA_SETTING_INTEGER = 1,  /* "8", "-3"; fits into 64 bits */
  ESTEIRA_SETTING_BOOLEAN = 2,  /* "true" or "false" */
  ESTEIRA_SETTING_DURATION = 3, /* "250ms", "2s", "5m", "1h" */
  ESTEIRA_SETTING_LIST = 4      /* "a,b,c"; empty for none */
};

/* A setting that the plugin declares. The host reads it from the environment variable <STAGE>_<KEY>. */
struct esteira_setting {
  const char* key; /* [A-Z][A-Z0-9_]*, at most 60 characters */
  int32_t type;
  const char* default_value; /* spelled as in the environment; NULL: the setting is required */
  const char* help;          /* one line */
};

/* The value of a declared setting, checked by the host. */
struct esteira_setting_value {
  struct esteira_text key;
  struct esteira_text text; /* as in the environment; the elements of a list are separated by single commas */
  int64_t number;           /* INTEGER: the value. BOOLEAN: 1 or 0. DURATION: milliseconds. Else 0. */
  int32_t type;             /* as declared */
  uint32_t reserved;
};

struct esteira_create_request {
  size_t struct_size;
  const struct esteira_host* host;              /* valid until the process ends */
  const struct esteira_setting_value* settings; /* one for each declared setting, in the order of the descriptor */
  size_t settings_count;
  size_t setting_size; /* the distance of two settings in bytes */
};

/* What a plugin exports, as a constant named esteira_plugin. The host reads it before it calls anything. It reads
   magic, abi_major, abi_minor and struct_size first, and the rest only when these fit. */
struct esteira_plugin_descriptor {
  uint32_t magic;              /* ESTEIRA_ABI_MAGIC */
  uint32_t struct_size;        /* sizeof(struct esteira_plugin_descriptor) */
  uint32_t abi_major;          /* ESTEIRA_ABI_MAJOR */
  uint32_t abi_minor;          /* ESTEIRA_ABI_MINOR: the least that the host must have */
  const char* name;            /* [a-z][a-z0-9_-]*, at most 40 characters: the default name of the stage */
  const char* version;         /* shown to people */
  const char* const* consumes; /* the routing keys of its input, 1 to 16, ended by NULL */
  const char* publishes;       /* routing key of its output; empty: none */
  const char* refused;         /* routing key of the event for ESTEIRA_FAIL; empty: none, a dead letter instead */
  const char* status;          /* status of an order after this stage; empty: unchanged */
  const struct esteira_setting* settings;
  size_t settings_count;
  size_t setting_size; /* sizeof(struct esteira_setting) */
  uint32_t is_async;   /* 1: `handle` returns before the outcome is known; 0: a blocking stage */
  uint32_t reserved;

  /* Returns a new stage. When it cannot, it calls the host's `fail` and returns NULL: the host ends with that line. */
  void* (*create)(const struct esteira_create_request* request, struct esteira_error* error);

  /* Handles one message. A blocking stage completes the task before it returns, and should return before the deadline.
     An asynchronous stage starts the work and returns at once. The same message may come again, for example after a
     crash of the host: order id and stage name together are the key for other services. */
  void (*handle)(void* stage, const struct esteira_message* message, struct esteira_task* task);

  /* Destroys a stage. Called once, while no `handle` runs. When it returns, the plugin has released every task of the
     stage and no thread of it runs. */
  void (*destroy)(void* stage);
};

/* The plugin defines it. */
extern const struct esteira_plugin_descriptor esteira_plugin __attribute__((visibility("default")));

/* NOLINTEND(readability-identifier-naming) */

#ifdef __cplusplus
}
#endif

#endif
