#include "runtime/config/config.hpp"

namespace esteira::runtime {

namespace {

using Kind = SettingKind;
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

constexpr Setting kCatalogue[] = {
    {"DATABASE_URL", Kind::url, "", kAll, kApi | kHost, "PostgreSQL: postgresql://user:password@host/database"},
    {"RABBITMQ_URL", Kind::url, "", kAll, kApi | kHost,
     "RabbitMQ: amqp://user:password@host:5672/vhost; hosts of one cluster separated by commas"},
    {"REDIS_URL", Kind::url, "", kAll, 0, "Redis, as a cache of GET /orders/{id}: redis://:password@host:6379/0"},
    {"SECRET_TOKEN", Kind::secrets, "", kApi, kApi, "tokens that clients may use, separated by commas"},
    {"ESTEIRA_LOG_LEVEL", Kind::choice, "info", kAll, 0, "the least level that is logged", 0, 0,
     "debug|info|warn|error"},
    {"ESTEIRA_LOG_FORMAT", Kind::choice, "auto", kAll, 0, "form of a log line; auto is text on a terminal", 0, 0,
     "auto|json|text"},
    {"ESTEIRA_EXCHANGE", Kind::name, "orders", kAll, 0,
     "the exchange that events go through, and prefix of the queues"},
    {"ESTEIRA_SHUTDOWN_TIMEOUT", Kind::duration, "20s", kApi | kHost, 0, "how long a stop may take", 0, kHour},

    {"ESTEIRA_LISTEN", Kind::address, "0.0.0.0:8080", kApi, 0, "where the API listens"},
    {"ESTEIRA_HTTP_THREADS", Kind::integer, "2", kApi, 0, "threads that read requests and write answers", 1, 64},
    {"ESTEIRA_WRITERS", Kind::integer, "2", kApi, 0, "database sessions that store orders", 1, 32},
    {"ESTEIRA_MAX_BODY", Kind::integer, "1048576", kApi, 0, "the largest request body in bytes", 1024, 16'777'216},
    {"ESTEIRA_MAX_ITEMS", Kind::integer, "1000", kApi, 0, "the most items an order may have", 1, 1000},
    {"ESTEIRA_MAX_WAITING", Kind::integer, "4096", kApi, 0,
     "requests that may wait for the database; more are refused with 503", 1, 100'000},
    {"ESTEIRA_IDEMPOTENCY_TTL", Kind::duration, "24h", kApi, 0, "how long an idempotency key is remembered", kMinute,
     3650 * kDay},
    {"ESTEIRA_SWEEP_INTERVAL", Kind::duration, "5s", kApi, 0,
     "how often the outbox is searched for what was left behind", 10, kHour},
    {"ESTEIRA_WORKFLOW", Kind::name, "default", kApi, 0, "the workflow of new orders"},
    {"ESTEIRA_FIRST_EVENT", Kind::routing_key, "order.created", kApi, 0, "the routing key of an order's first event"},

    {"ESTEIRA_PLUGIN", Kind::text, "", kHost, kHost, "the plugin to load: a name, or a path with a '/'"},
    {"ESTEIRA_PLUGIN_DIR", Kind::text, "", kHost | kCli, 0,
     "where plugins are; else ../plugins or ../lib/esteira/plugins beside the program"},
    {"ESTEIRA_STAGE", Kind::name, "", kHost, 0, "the stage's name; else the plugin's"},
    {"ESTEIRA_CONSUMES", Kind::routing_key, "", kHost, 0, "the routing key the stage consumes; else the plugin's"},
    {"ESTEIRA_PUBLISHES", Kind::routing_key, "", kHost, 0, "the routing key the stage publishes; else the plugin's"},
    {"ESTEIRA_STATUS", Kind::choice, "", kHost, 0, "the status the stage moves an order to; else the plugin's", 0, 0,
     "none|processing|paid|shipped|completed"},
    {"ESTEIRA_CONCURRENCY", Kind::integer, "8", kHost, 0, "threads that run a blocking handler", 1, 1024},
    {"ESTEIRA_PREFETCH", Kind::integer, "512", kHost, 0, "messages the broker hands out before an answer", 1, 65'535},
    {"ESTEIRA_RETRY_DELAYS", Kind::durations, "1s,5s,25s", kHost, 0,
     "the waits between attempts; none: fail at the first", 1, kDay},
    {"ESTEIRA_HANDLER_TIMEOUT", Kind::duration, "30s", kHost, 0, "how long a handler may take for one message", 1,
     20 * kMinute},
    {"ESTEIRA_BATCH_SIZE", Kind::integer, "256", kHost, 0, "the most outcomes one commit takes", 1, 1000},
    {"ESTEIRA_DELIVERY_LIMIT", Kind::integer, "20", kHost, 0,
     "unacknowledged deliveries (crashes) before a message is dead", 1, 1000},
    {"ESTEIRA_ADMIN_LISTEN", Kind::address, "0.0.0.0:9090", kHost, 0, "where a host serves its metrics and health"},
};

}  // namespace

std::span<const Setting> setting_catalogue() { return kCatalogue; }

}  // namespace esteira::runtime
