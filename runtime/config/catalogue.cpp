#include "runtime/config/config.hpp"

namespace esteira::runtime {

namespace {

constexpr std::int64_t kMinuteInMs = 60'000;
constexpr std::int64_t kHourInMs = 60 * kMinuteInMs;
constexpr std::int64_t kDayInMs = 24 * kHourInMs;

constexpr Setting kCatalogue[] = {
    {"DATABASE_URL", SettingKind::url, "", kAll, kApi | kHost, "PostgreSQL: postgresql://user:password@host/database"},
    {"RABBITMQ_URL", SettingKind::url, "", kAll, kApi | kHost,
     "RabbitMQ: amqp://user:password@host:5672/vhost, or amqps:// for TLS; several hosts of one cluster: separated by "
     "commas"},
    {"RABBITMQ_CA_FILE", SettingKind::certificates, "", kAll, 0,
     "file with the certificates (PEM) to trust in amqps://; default: those of the system"},
    {"RABBITMQ_MANAGEMENT_URL", SettingKind::url, "", kCli, 0,
     "RabbitMQ's management API: http://user:password@host:15672; doctor reads from it which policies apply to queues"},
    {"REDIS_URL", SettingKind::url, "", kAll, 0,
     "Redis: redis://:password@host:6379/0, or rediss:// for TLS; it caches GET /orders/{id}, which works without it"},
    {"REDIS_CA_FILE", SettingKind::certificates, "", kAll, 0,
     "file with the certificates (PEM) to trust in rediss://; default: those of the system"},
    {"SECRET_TOKEN", SettingKind::secrets, "", kApi, kApi,
     "bearer tokens that clients may use: visible ASCII, separated by commas"},
    {"ESTEIRA_CLIENT_TOKENS", SettingKind::named_secrets, "", kApi, 0,
     "bearer tokens of named clients: shop:TOKEN,pos:TOKEN; the tokens of SECRET_TOKEN are of the client 'default'"},
    {"ESTEIRA_ISOLATE_CLIENTS", SettingKind::choice, "false", kApi, 0,
     "true: a client reads only its own orders, the others are 404 for it", 0, 0, "false|true"},
    {"ESTEIRA_LOG_LEVEL", SettingKind::choice, "info", kAll, 0, "lowest level that is logged", 0, 0,
     "debug|info|warn|error"},
    {"ESTEIRA_LOG_FORMAT", SettingKind::choice, "auto", kAll, 0,
     "format of a log line; auto: text on a terminal, else json", 0, 0, "auto|json|text"},
    {"ESTEIRA_EXCHANGE", SettingKind::name, "orders", kAll, 0,
     "RabbitMQ exchange for events; queue names begin with it"},
    {"ESTEIRA_SHUTDOWN_TIMEOUT", SettingKind::duration, "20s", kApi | kHost, 0,
     "maximum time between SIGTERM and the end of the program", 0, kHourInMs},

    {"ESTEIRA_LISTEN", SettingKind::address, "[::]:8080", kApi, 0,
     "address and port of the HTTP API; [::] listens on IPv6 and IPv4"},
    {"ESTEIRA_IDLE_TIMEOUT", SettingKind::duration, "75s", kApi, 0,
     "time after which a connection without a request is closed; longer than a load balancer keeps it", 1000,
     kHourInMs},
    {"ESTEIRA_MAX_CONNECTIONS", SettingKind::integer, "4096", kApi, 0,
     "maximum number of client connections; for one more, the one that is idle longest is closed", 16, 100'000},
    {"ESTEIRA_CORS_ORIGINS", SettingKind::origins, "", kApi, 0,
     "web origins whose pages may call /orders (https://shop.example, separated by commas), or * for all"},
    {"ESTEIRA_DRAIN_DELAY", SettingKind::duration, "5s", kApi, 0,
     "time after SIGTERM in which requests are still served and /readyz fails, so that load balancers notice", 0,
     kHourInMs},
    {"ESTEIRA_HTTP_THREADS", SettingKind::integer, "2", kApi, 0, "threads that read requests and write responses", 1,
     64},
    {"ESTEIRA_WRITERS", SettingKind::integer, "2", kApi, 0, "database connections that store orders", 1, 32},
    {"ESTEIRA_MAX_BODY", SettingKind::integer, "1048576", kApi, 0, "maximum size of a request body, in bytes", 1024,
     16'777'216},
    {"ESTEIRA_MAX_ITEMS", SettingKind::integer, "1000", kApi, 0, "maximum number of items in an order", 1, 1000},
    {"ESTEIRA_MAX_QUEUED_REQUESTS",
     SettingKind::integer,
     "1024",
     kApi,
     0,
     "maximum number of requests that wait for the database; further requests get 503",
     1,
     100'000,
     {},
     "ESTEIRA_MAX_WAITING"},
    {"ESTEIRA_MAX_WAITERS", SettingKind::integer, "2048", kApi, 0,
     "maximum number of requests that wait for a change of their order, and at most half of the connections; further "
     "ones get 503",
     1, 50'000},
    {"ESTEIRA_CACHE_TTL", SettingKind::duration, "10m", kApi, 0, "time for which Redis caches a finished order", 1000,
     kDayInMs},
    {"ESTEIRA_CACHE_TIMEOUT", SettingKind::duration, "20ms", kApi, 0,
     "maximum time that a request waits for Redis before it reads from PostgreSQL", 1, 10'000},
    {"ESTEIRA_IDEMPOTENCY_TTL", SettingKind::duration, "24h", kApi, 0,
     "time for which an Idempotency-Key is remembered", kMinuteInMs, 3650 * kDayInMs},
    {"ESTEIRA_SWEEP_INTERVAL", SettingKind::duration, "5s", kApi, 0,
     "time between two searches of the outbox for events that were not published", 10, kHourInMs},
    {"ESTEIRA_WORKFLOWS", SettingKind::workflows, "", kAll, 0,
     "workflows and the routing keys of their first events: default=order.created,checkout=checkout.created; default: "
     "one, of ESTEIRA_WORKFLOW and ESTEIRA_FIRST_EVENT"},
    {"ESTEIRA_PRICED_WORKFLOWS", SettingKind::names, "", kApi, 0,
     "workflows in which every item needs a unit_price, separated by commas"},
    {"ESTEIRA_WORKFLOW", SettingKind::name, "", kAll, 0,
     "workflow of an order that names none; default: the first of ESTEIRA_WORKFLOWS, or the name default"},
    {"ESTEIRA_FIRST_EVENT", SettingKind::routing_key, "order.created", kAll, 0,
     "routing key of the first event of an order; not read when ESTEIRA_WORKFLOWS is set"},
    {"ESTEIRA_OPTIONAL_EVENTS", SettingKind::routing_keys, "payment.refused,refund.completed", kHost | kCli, 0,
     "routing keys of events that need no consumer, separated by commas; every other event is published again until a "
     "queue takes it"},

    {"ESTEIRA_PLUGIN", SettingKind::text, "", kHost, kHost, "plugin to load: its name, or a path that contains a '/'"},
    {"ESTEIRA_PLUGIN_DIR", SettingKind::text, "", kHost | kCli, 0,
     "directory of the plugins; default: ../plugins or ../lib/esteira/plugins, relative to the program"},
    {"ESTEIRA_STAGE", SettingKind::name, "", kHost, 0, "name of the stage; default: as the plugin says"},
    {"ESTEIRA_CONSUMES", SettingKind::routing_keys, "", kHost, 0,
     "routing keys that the stage consumes, separated by commas (at most 16); default: as the plugin says"},
    {"ESTEIRA_PUBLISHES", SettingKind::routing_key, "", kHost, 0,
     "routing key that the stage publishes; none: nothing; default: as the plugin says"},
    {"ESTEIRA_REFUSED", SettingKind::routing_key, "", kHost, 0,
     "routing key of the event that follows Outcome::fail; none, the default: a dead letter follows"},
    {"ESTEIRA_STATUS", SettingKind::choice, "", kHost, 0,
     "status of an order after the stage; default: as the plugin says", 0, 0, "none|processing|paid|shipped|completed"},
    {"ESTEIRA_CONCURRENCY", SettingKind::integer, "8", kHost, 0, "threads that run a blocking handler", 1, 1024},
    {"ESTEIRA_PREFETCH", SettingKind::integer, "512", kHost, 0,
     "maximum number of unacknowledged messages; a stage with slow blocking handlers takes fewer", 1, 65'535},
    {"ESTEIRA_RETRY_DELAYS", SettingKind::durations, "1s,5s,25s", kHost | kCli, 0,
     "delays before the second, third, ... attempt; none: an order fails at its first attempt", 1, kDayInMs},
    {"ESTEIRA_SNOOZE_LIMIT", SettingKind::duration, "168h", kHost, 0,
     "time from a stage's first snooze of an order on, after which a snooze is a failed attempt; also the longest "
     "delay "
     "of a retry",
     1, 3650 * kDayInMs},
    {"ESTEIRA_HANDLER_TIMEOUT", SettingKind::duration, "30s", kHost, 0,
     "maximum time that a handler may take for one message", 1, 20 * kMinuteInMs},
    {"ESTEIRA_BREAKER", SettingKind::text, "10/20", kHost, 0,
     "failures among the last results of handlers that open the circuit breaker, repeated attempts that failed left "
     "out: 10/20; also 10 orders in a row; off"},
    {"ESTEIRA_BREAKER_WAIT", SettingKind::duration, "5s", kHost, 0,
     "time until an open circuit breaker tries one message; doubles to twelve times as long", 10, kHourInMs},
    {"ESTEIRA_HOLD_LIMIT", SettingKind::duration, "5m", kHost, 0,
     "maximum time that a host holds a message that may not start; then it waits in the database; less than RabbitMQ's "
     "consumer_timeout",
     100, 25 * kMinuteInMs},
    {"ESTEIRA_BATCH_SIZE", SettingKind::integer, "256", kHost, 0, "maximum number of results in one commit", 1, 1000},
    {"ESTEIRA_DELIVERY_LIMIT", SettingKind::integer, "20", kHost, 0,
     "crashes of hosts with the same message after which its order fails; five are enough when it ran alone", 1, 1000},
    {"ESTEIRA_ADMIN_LISTEN", SettingKind::address, "[::]:9090", kHost, 0,
     "address and port of the metrics and health endpoints; [::] listens on IPv6 and IPv4"},
};

}  // namespace

std::span<const Setting> setting_catalogue() { return kCatalogue; }

}  // namespace esteira::runtime
