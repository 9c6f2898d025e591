/* The layout of the boundary in C, on a 64-bit machine, as version 2.1 fixed it. A member may only be added at the end
   of a structure: add its line here and raise ESTEIRA_ABI_MINOR. A line that must change needs a new ESTEIRA_ABI_MAJOR.
 */
#include <assert.h>
#include <esteira/abi.h>

static_assert(ESTEIRA_ABI_MAJOR == 2 && ESTEIRA_ABI_MINOR == 1, "recorded for version 2.1");
static_assert(ESTEIRA_ABI_MAGIC == 0x45535445, "magic");

#define OFFSET(structure, member, value) \
  static_assert(offsetof(struct structure, member) == (value), #structure "." #member)
#define SIZE(structure, value) static_assert(sizeof(struct structure) == (value), #structure)

OFFSET(esteira_text, data, 0);
OFFSET(esteira_text, size, 8);
SIZE(esteira_text, 16);

OFFSET(esteira_item, sku, 0);
OFFSET(esteira_item, quantity, 16);
OFFSET(esteira_item, unit_price, 24);
OFFSET(esteira_item, has_unit_price, 32);
OFFSET(esteira_item, reserved, 36);
SIZE(esteira_item, 40);

OFFSET(esteira_stage_data, stage, 0);
OFFSET(esteira_stage_data, json, 16);
SIZE(esteira_stage_data, 32);

OFFSET(esteira_message, struct_size, 0);
OFFSET(esteira_message, order_id, 8);
OFFSET(esteira_message, workflow, 24);
OFFSET(esteira_message, customer_id, 40);
OFFSET(esteira_message, stage, 56);
OFFSET(esteira_message, traceparent, 72);
OFFSET(esteira_message, items, 88);
OFFSET(esteira_message, items_count, 96);
OFFSET(esteira_message, item_size, 104);
OFFSET(esteira_message, data, 112);
OFFSET(esteira_message, data_count, 120);
OFFSET(esteira_message, data_size, 128);
OFFSET(esteira_message, total, 136);
OFFSET(esteira_message, has_total, 144);
OFFSET(esteira_message, attempt, 148);
OFFSET(esteira_message, redrive, 152);
OFFSET(esteira_message, reserved, 156);
SIZE(esteira_message, 160);

static_assert(ESTEIRA_DONE == 0 && ESTEIRA_RETRY == 1 && ESTEIRA_FAIL == 2 && ESTEIRA_SNOOZE == 3, "outcomes");
OFFSET(esteira_outcome, struct_size, 0);
OFFSET(esteira_outcome, kind, 8);
OFFSET(esteira_outcome, has_total, 12);
OFFSET(esteira_outcome, total, 16);
OFFSET(esteira_outcome, delay, 24);
OFFSET(esteira_outcome, data, 32);
OFFSET(esteira_outcome, routing_key, 48);
OFFSET(esteira_outcome, reason, 64);
SIZE(esteira_outcome, 80);

static_assert(ESTEIRA_LOG_DEBUG == 0 && ESTEIRA_LOG_INFO == 1 && ESTEIRA_LOG_WARN == 2 && ESTEIRA_LOG_ERROR == 3,
              "levels");
OFFSET(esteira_log_field, name, 0);
OFFSET(esteira_log_field, value, 16);
SIZE(esteira_log_field, 32);

OFFSET(esteira_host, struct_size, 0);
OFFSET(esteira_host, complete, 8);
OFFSET(esteira_host, release, 16);
OFFSET(esteira_host, deadline, 24);
OFFSET(esteira_host, stop_requested, 32);
OFFSET(esteira_host, after, 40);
OFFSET(esteira_host, log, 48);
OFFSET(esteira_host, count, 56);
OFFSET(esteira_host, observe, 64);
OFFSET(esteira_host, fail, 72);
OFFSET(esteira_host, cancelled, 80); /* since 2.1 */
SIZE(esteira_host, 88);

static_assert(ESTEIRA_SETTING_TEXT == 0 && ESTEIRA_SETTING_INTEGER == 1 && ESTEIRA_SETTING_BOOLEAN == 2 &&
                  ESTEIRA_SETTING_DURATION == 3 && ESTEIRA_SETTING_LIST == 4,
              "types of settings");
OFFSET(esteira_setting, key, 0);
OFFSET(esteira_setting, type, 8);
OFFSET(esteira_setting, default_value, 16);
OFFSET(esteira_setting, help, 24);
SIZE(esteira_setting, 32);

OFFSET(esteira_setting_value, key, 0);
OFFSET(esteira_setting_value, text, 16);
OFFSET(esteira_setting_value, number, 32);
OFFSET(esteira_setting_value, type, 40);
OFFSET(esteira_setting_value, reserved, 44);
SIZE(esteira_setting_value, 48);

OFFSET(esteira_create_request, struct_size, 0);
OFFSET(esteira_create_request, host, 8);
OFFSET(esteira_create_request, settings, 16);
OFFSET(esteira_create_request, settings_count, 24);
OFFSET(esteira_create_request, setting_size, 32);
SIZE(esteira_create_request, 40);

OFFSET(esteira_plugin_descriptor, magic, 0);
OFFSET(esteira_plugin_descriptor, struct_size, 4);
OFFSET(esteira_plugin_descriptor, abi_major, 8);
OFFSET(esteira_plugin_descriptor, abi_minor, 12);
OFFSET(esteira_plugin_descriptor, name, 16);
OFFSET(esteira_plugin_descriptor, version, 24);
OFFSET(esteira_plugin_descriptor, consumes, 32);
OFFSET(esteira_plugin_descriptor, publishes, 40);
OFFSET(esteira_plugin_descriptor, refused, 48);
OFFSET(esteira_plugin_descriptor, status, 56);
OFFSET(esteira_plugin_descriptor, settings, 64);
OFFSET(esteira_plugin_descriptor, settings_count, 72);
OFFSET(esteira_plugin_descriptor, setting_size, 80);
OFFSET(esteira_plugin_descriptor, is_async, 88);
OFFSET(esteira_plugin_descriptor, reserved, 92);
OFFSET(esteira_plugin_descriptor, create, 96);
OFFSET(esteira_plugin_descriptor, handle, 104);
OFFSET(esteira_plugin_descriptor, destroy, 112);
SIZE(esteira_plugin_descriptor, 120);

size_t descriptor_size_in_c(void);
size_t descriptor_size_in_c(void) { return sizeof(struct esteira_plugin_descriptor); }
