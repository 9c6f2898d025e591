#include "runtime/config/config.hpp"

namespace esteira::runtime {

namespace {

using CatalogueKind = SettingKind;
constexpr std::int64_t kMinuteInMs = 60'000;
constexpr std::int64_t kHourInMs = 60 * kMinuteInMs;
constexpr std::int64_t kDayInMs = 24 * kHourInMs;

constexpr Setting kCatalogue[] = {
    {"DATABASE_URL", CatalogueKind::url, "", kAll, kApi | kHost,
     "PostgreSQL: postgresql://user:password@host/database"},
    {"RABBITMQ_URL", CatalogueKind::url, "", kAll, kApi | kHost,
     "RabbitMQ: amqp://user:password@host:5672/vhost; hosts of one cluster separated by commas"},
    {"REDIS_URL", CatalogueKind::url, "", kAll, 0,
     "Redis, as a cache of GET /orders/{id}: redis://:password@host:6379/0"},
    {"SECRET_TOKEN", CatalogueKind::secrets, "", kApi, kApi, "tokens that clients may use, separated by commas"},
    {"ESTEIRA_LOG_LEVEL", CatalogueKind::choice, "info", kAll, 0, "the least level that is logged", 0, 0,
     "debug|info|warn|error"},
    {"ESTEIRA_LOG_FORMAT", CatalogueKind::choice, "auto", kAll, 0, "form of a log line; auto is text on a terminal", 0,
     0, "auto|json|text"},
    {"ESTEIRA_EXCHANGE", CatalogueKind::name, "orders", kAll, 0,
     "the exchange that events go through, and prefix of the queues"},
    {"ESTEIRA_SHUTDOWN_TIMEOUT", CatalogueKind::duration, "20s", kApi | kHost, 0, "how long a stop may take", 0,
     kHourInMs},

    {"ESTEIRA_LISTEN", CatalogueKind::address, "0.0.0.0:8080", kApi, 0, "where the API listens"},
    {"ESTEIRA_DRAIN_DELAY", CatalogueKind::duration, "5s", kApi, 0,
     "how long a stop goes on serving while /readyz sends clients elsewhere", 0, kHourInMs},
    {"ESTEIRA_HTTP_THREADS", CatalogueKind::integer, "2", kApi, 0, "threads that read requests and write answers", 1,
     64},
    {"ESTEIRA_WRITERS", CatalogueKind::integer, "2", kApi, 0, "database sessions that store orders", 1, 32},
    {"ESTEIRA_MAX_BODY", CatalogueKind::integer, "1048576", kApi, 0, "the largest request body in bytes", 1024,
     16'777'216},
    {"ESTEIRA_MAX_ITEMS", CatalogueKind::integer, "1000", kApi, 0, "the most items an order may have", 1, 1000},
    {"ESTEIRA_MAX_QUEUED_REQUESTS", CatalogueKind::integer, "1024", kApi, 0,
     "requests that may wait for the database; more are refused with 503", 1, 100'000},
    {"ESTEIRA_CACHE_TTL", CatalogueKind::duration, "10m", kApi, 0, "how long Redis keeps a finished order", 1000,
     kDayInMs},
    {"ESTEIRA_CACHE_TIMEOUT", CatalogueKind::duration, "20ms", kApi, 0,
     "how long a request waits for Redis before it does without", 1, 10'000},
    {"ESTEIRA_IDEMPOTENCY_TTL", CatalogueKind::duration, "24h", kApi, 0, "how long an idempotency key is remembered",
     kMinuteInMs, 3650 * kDayInMs},
    {"ESTEIRA_SWEEP_INTERVAL", CatalogueKind::duration, "5s", kApi, 0,
     "how often the outbox is searched for what was left behind", 10, kHourInMs},
    {"ESTEIRA_WORKFLOW", CatalogueKind::name, "default", kApi, 0, "the workflow of new orders"},
    {"ESTEIRA_FIRST_EVENT", CatalogueKind::routing_key, "order.created", kApi | kCli, 0,
     "the routing key of an order's first event"},

    {"ESTEIRA_PLUGIN", CatalogueKind::text, "", kHost, kHost, "the plugin to load: a name, or a path with a '/'"},
    {"ESTEIRA_PLUGIN_DIR", CatalogueKind::text, "", kHost | kCli, 0,
     "where plugins are; else ../plugins or ../lib/esteira/plugins beside the program"},
    {"ESTEIRA_STAGE", CatalogueKind::name, "", kHost, 0, "the stage's name; else the plugin's"},
    {"ESTEIRA_CONSUMES", CatalogueKind::routing_key, "", kHost, 0,
     "the routing key the stage consumes; else the plugin's"},
    {"ESTEIRA_PUBLISHES", CatalogueKind::routing_key, "", kHost, 0,
     "the routing key the stage publishes; else the plugin's"},
    {"ESTEIRA_STATUS", CatalogueKind::choice, "", kHost, 0, "the status the stage moves an order to; else the plugin's",
     0, 0, "none|processing|paid|shipped|completed"},
    {"ESTEIRA_CONCURRENCY", CatalogueKind::integer, "8", kHost, 0, "threads that run a blocking handler", 1, 1024},
    {"ESTEIRA_PREFETCH", CatalogueKind::integer, "512", kHost, 0, "messages the broker hands out before an answer", 1,
     65'535},
    {"ESTEIRA_RETRY_DELAYS", CatalogueKind::durations, "1s,5s,25s", kHost | kCli, 0,
     "the waits between attempts; none: fail at the first", 1, kDayInMs},
    {"ESTEIRA_HANDLER_TIMEOUT", CatalogueKind::duration, "30s", kHost, 0, "how long a handler may take for one message",
     1, 20 * kMinuteInMs},
    {"ESTEIRA_BATCH_SIZE", CatalogueKind::integer, "256", kHost, 0, "the most outcomes one commit takes", 1, 1000},
    {"ESTEIRA_DELIVERY_LIMIT", CatalogueKind::integer, "20", kHost, 0,
     "unacknowledged deliveries (crashes) before a message is dead", 1, 1000},
    {"ESTEIRA_ADMIN_LISTEN", CatalogueKind::address, "0.0.0.0:9090", kHost, 0,
     "where a host serves its metrics and health"},
};

}  // namespace

std::span<const Setting> setting_catalogue() { return kCatalogue; }

}  // namespace esteira::runtime
