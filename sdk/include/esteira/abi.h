/* What a plugin exports: one constant C structure, named esteira_plugin. A host reads it before it calls anything of
   C++ in the plugin, and refuses a plugin whose first four fields are not its own. Changes only on purpose: any change
   here, or to a class that crosses the boundary (Stage, AsyncStage, Task::Work, Context, Message, Outcome, Settings),
   raises ESTEIRA_ABI_VERSION. */
#ifndef ESTEIRA_ABI_H
#define ESTEIRA_ABI_H

#include <stddef.h>
#include <stdint.h>

#define ESTEIRA_ABI_MAGIC UINT32_C(0x45535445) /* "ESTE" */
#define ESTEIRA_ABI_VERSION UINT32_C(1)
#define ESTEIRA_PLUGIN_SYMBOL "esteira_plugin"

#ifdef __cplusplus
extern "C" {
#endif

/* One setting; strings are literals. `type` is esteira::SettingType as a number. */
/* Named as C does. NOLINTNEXTLINE(readability-identifier-naming) */
struct esteira_setting {
  const char* key;
  int32_t type;
  const char* default_value; /* NULL: required */
  const char* help;
};

/* Named as C does. NOLINTNEXTLINE(readability-identifier-naming) */
struct esteira_plugin_descriptor {
  uint32_t magic;        /* ESTEIRA_ABI_MAGIC */
  uint32_t struct_size;  /* sizeof(struct esteira_plugin_descriptor) */
  uint32_t abi_version;  /* ESTEIRA_ABI_VERSION */
  uint32_t is_async;     /* 1: create makes an esteira::AsyncStage, 0: an esteira::Stage */
  const char* build_tag; /* compiler, standard library and C++ standard: esteira::abi::kBuildTag */
  const char* name;      /* [a-z][a-z0-9_-]*, at most 40 characters */
  const char* version;
  const char* consumes;  /* routing key of its input */
  const char* publishes; /* routing key of its output; empty: the chain ends here */
  const char* status;    /* status an order has when this stage is done; empty: unchanged */
  const struct esteira_setting* settings;
  size_t settings_count;
  /* Makes the stage object from an esteira::Settings; may throw. Thread: the one that starts the host. */
  void* (*create)(const void* settings);
  /* Destroys what create made; does not throw. Called once, after the last handler returned. */
  void (*destroy)(void* stage);
};

#ifdef __cplusplus
}
#endif

#endif
