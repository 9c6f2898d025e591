/* The layout of the descriptor in C, on a 64-bit machine. Raise ESTEIRA_ABI_VERSION with every change. */
#include <assert.h>
#include <esteira/abi.h>

static_assert(ESTEIRA_ABI_VERSION == 1, "recorded for version 1");
static_assert(sizeof(struct esteira_setting) == 32, "setting");
static_assert(offsetof(struct esteira_setting, type) == 8, "setting.type");
static_assert(offsetof(struct esteira_setting, default_value) == 16, "setting.default_value");
static_assert(sizeof(struct esteira_plugin_descriptor) == 96, "descriptor");
static_assert(offsetof(struct esteira_plugin_descriptor, magic) == 0, "magic");
static_assert(offsetof(struct esteira_plugin_descriptor, struct_size) == 4, "struct_size");
static_assert(offsetof(struct esteira_plugin_descriptor, abi_version) == 8, "abi_version");
static_assert(offsetof(struct esteira_plugin_descriptor, is_async) == 12, "is_async");
static_assert(offsetof(struct esteira_plugin_descriptor, build_tag) == 16, "build_tag");
static_assert(offsetof(struct esteira_plugin_descriptor, name) == 24, "name");
static_assert(offsetof(struct esteira_plugin_descriptor, version) == 32, "version");
static_assert(offsetof(struct esteira_plugin_descriptor, consumes) == 40, "consumes");
static_assert(offsetof(struct esteira_plugin_descriptor, publishes) == 48, "publishes");
static_assert(offsetof(struct esteira_plugin_descriptor, status) == 56, "status");
static_assert(offsetof(struct esteira_plugin_descriptor, settings) == 64, "settings");
static_assert(offsetof(struct esteira_plugin_descriptor, settings_count) == 72, "settings_count");
static_assert(offsetof(struct esteira_plugin_descriptor, create) == 80, "create");
static_assert(offsetof(struct esteira_plugin_descriptor, destroy) == 88, "destroy");

size_t descriptor_size_in_c(void);
size_t descriptor_size_in_c(void) { return sizeof(struct esteira_plugin_descriptor); }
