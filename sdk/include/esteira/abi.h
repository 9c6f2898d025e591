/* The descriptor that a plugin exports: one constant C structure, named esteira_plugin. A host reads it before it calls
   any C++ function of the plugin. It refuses the plugin when magic, abi_version, struct_size or build_tag differ from
   its own. Raise ESTEIRA_ABI_VERSION with every change of this file, or of a class that crosses the boundary: Stage,
   AsyncStage, Task::Work, Context, Message, Outcome, Settings. */
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

/* One declared setting. The strings are literals. `type` is the number of an esteira::SettingType. */
/* The C naming style is intended. NOLINTNEXTLINE(readability-identifier-naming) */
struct esteira_setting {
  const char* key;
  int32_t type;
  const char* default_value; /* NULL: the setting is required */
  const char* help;
};

/* The C naming style is intended. NOLINTNEXTLINE(readability-identifier-naming) */
struct esteira_plugin_descriptor {
  uint32_t magic;        /* ESTEIRA_ABI_MAGIC */
  uint32_t struct_size;  /* sizeof(struct esteira_plugin_descriptor) */
  uint32_t abi_version;  /* ESTEIRA_ABI_VERSION */
  uint32_t is_async;     /* 1: create returns an esteira::AsyncStage, 0: an esteira::Stage */
  const char* build_tag; /* compiler, standard library and C++ standard: esteira::abi::kBuildTag */
  const char* name;      /* [a-z][a-z0-9_-]*, at most 40 characters */
  const char* version;
  const char* consumes;  /* routing key of its input */
  const char* publishes; /* routing key of its output; empty: it publishes nothing */
  const char* status;    /* status of an order after this stage; empty: unchanged */
  const struct esteira_setting* settings;
  size_t settings_count;
  /* Creates the stage object. `settings` is an esteira::Settings. May throw. Called on the host's main thread. */
  void* (*create)(const void* settings);
  /* Destroys the object that create returned. Must not throw. Called once, after the last handler returned. */
  void (*destroy)(void* stage);
};

#ifdef __cplusplus
}
#endif

#endif
