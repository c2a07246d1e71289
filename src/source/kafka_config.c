#include "source/kafka_config.h"

#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "base/time.h"

#define ROW(member) .at = offsetof(struct kafka_config, member)

static const struct config_row rows[] = {
    {.name = "brokers",
        .type = CONFIG_TEXTS,
        ROW(brokers),
        .help = "where to begin, HOST:PORT; from there all others are found"},
    {.name = "topics",
        .type = CONFIG_TEXTS,
        ROW(topics),
        .help = "what is read; at Event Hubs, the names of the hubs"},
    {.name = "connection",
        .type = CONFIG_SECRET,
        ROW(connection),
        .help = "connection string of an Event Hub, in place of brokers, "
                "security, user and password"},
    {.name = "group",
        .type = CONFIG_TEXT,
        ROW(group),
        .preset = "firn",
        .help = "consumer group; what is durable is committed to it"},
    {.name = "partitions",
        .type = CONFIG_WORD,
        ROW(partitions),
        .words = "all|shared",
        .preset = "all",
        .help = "read all, or those that the group hands to this member"},
    {.name = "instance",
        .type = CONFIG_TEXT,
        ROW(instance),
        .help = "of shared partitions: name of this member (static "
                "membership), so that it has its own again after a restart"},
    {.name = "security",
        .type = CONFIG_WORD,
        ROW(security),
        .words = "none|tls|sasl|sasl-tls",
        .preset = "none",
        .help = "whether connections are encrypted and with a login"},
    {.name = "mechanism",
        .type = CONFIG_WORD,
        ROW(mechanism),
        .words = "plain|oauthbearer|scram-sha-256|scram-sha-512",
        .preset = "plain",
        .help = "of a login"},
    {.name = "user", .type = CONFIG_TEXT, ROW(user), .help = "of a login"},
    {.name = "password",
        .type = CONFIG_SECRET,
        ROW(password),
        .help = "of a login"},
    {.name = "ca",
        .type = CONFIG_PATH,
        ROW(ca),
        .help = "certificates to trust in place of the system's"},
    {.name = "token_url",
        .type = CONFIG_TEXT,
        ROW(token_url),
        .help = "of oauthbearer: where tokens are asked for"},
    {.name = "token_client",
        .type = CONFIG_TEXT,
        ROW(token_client),
        .help = "of oauthbearer: id of the client"},
    {.name = "token_secret",
        .type = CONFIG_SECRET,
        ROW(token_secret),
        .help = "of oauthbearer: secret of the client"},
    {.name = "token_scope",
        .type = CONFIG_TEXT,
        ROW(token_scope),
        .help = "of oauthbearer: scope of the token"},
    {.name = "token_ca",
        .type = CONFIG_PATH,
        ROW(token_ca),
        .help = "of oauthbearer: certificates to trust there in place of the "
                "system's"},
    {.name = "start",
        .type = CONFIG_TEXT,
        ROW(start),
        .preset = "earliest",
        .help = "where neither the ledger nor the group knows a partition: "
                "earliest, latest, or a time"},
    {.name = "batch_time",
        .type = CONFIG_TIME,
        ROW(batch_time),
        .preset = "50 ms",
        .min = 2000,
        .max = 60000000,
        .help = "how long a message waits for others of its partition"},
    {.name = "batch_size",
        .type = CONFIG_SIZE,
        ROW(batch_size),
        .preset = "1M",
        .min = 1,
        .max = 64 << 20,
        .help = "how many bytes are enough"},
    {.name = "queue_size",
        .type = CONFIG_SIZE,
        ROW(queue_size),
        .preset = "32M",
        .min = 1 << 20,
        .max = 1 << 30,
        .help = "how much may be fetched ahead of the ledger"},
};

const struct config_table kafka_table = {
    .name = "source kafka",
    .help = "Event Hubs, or any other Kafka",
    .rows = rows,
    .count = sizeof(rows) / sizeof(*rows),
};

static bool
is_set(const struct config_secret *secret)
{
	return secret->file || secret->env;
}

bool
kafka_has_login(const struct kafka_config *config)
{
	return config->security == KAFKA_SASL ||
	       config->security == KAFKA_SASL_TLS;
}

static int
check_login(const struct kafka_config *config, struct err *err)
{
	bool token = config->mechanism == KAFKA_OAUTHBEARER;

	if (!kafka_has_login(config)) {
		if (config->user || is_set(&config->password) ||
		    config->token_url)
			return err_set(err, ERR_USAGE,
			    "a login wants 'security' sasl or sasl-tls");
		return 0;
	}
	if (token && (!config->token_url || !config->token_client ||
	                 !is_set(&config->token_secret)))
		return err_set(err, ERR_USAGE,
		    "oauthbearer wants 'token_url', 'token_client' and "
		    "'token_secret'");
	if (!token && (!config->user || !is_set(&config->password)))
		return err_set(err, ERR_USAGE,
		    "this mechanism wants 'user' and 'password'");
	return 0;
}

enum kafka_start
kafka_config_start(const struct kafka_config *config, int64_t *time_us)
{
	*time_us = 0;
	if (time_parse(slice_cstr(config->start), time_us))
		return KAFKA_TIME;
	return strcmp(config->start, "latest") == 0 ? KAFKA_LATEST
	                                            : KAFKA_EARLIEST;
}

int
kafka_config_check(const struct kafka_config *config, struct err *err)
{
	int64_t time_us;

	if (kafka_config_start(config, &time_us) == KAFKA_EARLIEST &&
	    strcmp(config->start, "earliest") != 0)
		return err_set(err, ERR_USAGE,
		    "'start' is earliest, latest or a time, not '%s'",
		    config->start);
	if (!*config->group)
		return err_set(err, ERR_USAGE, "'group' is empty");
	if (config->instance && config->partitions != KAFKA_SHARED)
		return err_set(
		    err, ERR_USAGE, "'instance' wants 'partitions' shared");
	if (is_set(&config->connection)) {
		if (config->brokers.count || kafka_has_login(config) ||
		    config->user || is_set(&config->password) ||
		    config->token_url)
			return err_set(err, ERR_USAGE,
			    "'connection' stands in place of brokers, "
			    "security and login");
		return 0;
	}
	if (!config->brokers.count)
		return err_set(err, ERR_USAGE,
		    "either 'brokers' or 'connection' is needed");
	if (!config->topics.count)
		return err_set(err, ERR_USAGE, "'topics' is missing");
	return check_login(config, err);
}

/* --- Event Hubs --- */

int
kafka_connection_read(
    struct slice text, struct kafka_connection *out, struct err *err)
{
	bool key = false, name = false;

	*out = (struct kafka_connection){0};
	while (text.len) {
		struct slice value = slice_trim(slice_cut(&text, ';'));
		struct slice member = slice_cut(&value, '=');

		if (slice_eq(member, SLICE("Endpoint"))) {
			if (value.len < 5 || memcmp(value.ptr, "sb://", 5) != 0)
				break;
			value = slice_skip(value, 5);
			out->host = slice_cut(&value, '/');
			out->host = slice_cut(&out->host, ':');
		} else if (slice_eq(member, SLICE("EntityPath"))) {
			out->hub = value;
		}
		key = key ||
		      (slice_eq(member, SLICE("SharedAccessKey")) && value.len);
		name =
		    name || (slice_eq(member, SLICE("SharedAccessKeyName")) &&
		                value.len);
	}
	/* The text is a secret: nothing of it is shown. */
	if (!out->host.len || !key || !name)
		return err_set(err, ERR_INPUT,
		    "the connection string is none of Event Hubs: it wants "
		    "Endpoint=sb://..., SharedAccessKeyName and "
		    "SharedAccessKey");
	return 0;
}

void
kafka_secret_release(struct buf *secret)
{
	if (secret->ptr)
		OPENSSL_cleanse(secret->ptr, secret->size);
	buf_release(secret);
}

/* --- librdkafka's settings --- */

static int
set(rd_kafka_conf_t *conf, const char *name, const char *value, struct err *err)
{
	char why[256];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)))
		return err_set(err, ERR_USAGE, "'%s': %s", name, why);
	return 0;
}

/* A file that cannot be read would be told only when a broker is reached. */
static int
set_security(
    rd_kafka_conf_t *conf, const struct kafka_config *config, struct err *err)
{
	static const char *const protocols[] = {"plaintext", "ssl",
	    "sasl_plaintext", "sasl_ssl"},
	                         *const mechanisms[] = {"PLAIN", "OAUTHBEARER",
	                             "SCRAM-SHA-256", "SCRAM-SHA-512"};
	struct buf password = {0};
	int status = -1;

	if (set(conf, "security.protocol", protocols[config->security], err) ||
	    (config->ca && set(conf, "ssl.ca.location", config->ca, err)))
		return -1;
	if (!kafka_has_login(config))
		return 0;
	if (set(conf, "sasl.mechanism", mechanisms[config->mechanism], err))
		return -1;
	if (config->mechanism == KAFKA_OAUTHBEARER)
		return 0;
	if (config_secret_read(&config->password, &password, err))
		goto out;
	buf_char(&password, '\0');
	if (set(conf, "sasl.username", config->user, err) ||
	    set(conf, "sasl.password", password.ptr, err))
		goto out;
	status = 0;
out:
	kafka_secret_release(&password);
	return status;
}

static int
set_connection(rd_kafka_conf_t *conf, struct buf *topic,
    const struct kafka_config *config, struct err *err)
{
	struct buf secret = {0}, brokers = {0};
	struct kafka_connection at;
	int status = -1;

	if (config_secret_read(&config->connection, &secret, err) ||
	    kafka_connection_read(buf_slice(&secret), &at, err))
		goto out;
	if (!at.hub.len && !config->topics.count) {
		err_set(err, ERR_USAGE,
		    "'topics' is missing, and the connection string names no "
		    "hub (EntityPath)");
		goto out;
	}
	buf_slice_add(topic, at.hub);
	buf_slice_add(&brokers, at.host);
	buf_str(&brokers, ":9093");
	buf_char(&brokers, '\0');
	buf_char(&secret, '\0');
	if (set(conf, "bootstrap.servers", brokers.ptr, err) ||
	    set(conf, "security.protocol", "sasl_ssl", err) ||
	    (config->ca && set(conf, "ssl.ca.location", config->ca, err)) ||
	    set(conf, "sasl.mechanism", "PLAIN", err) ||
	    set(conf, "sasl.username", "$ConnectionString", err) ||
	    set(conf, "sasl.password", secret.ptr, err))
		goto out;
	status = 0;
out:
	kafka_secret_release(&secret);
	buf_release(&brokers);
	return status;
}

static int
set_brokers(
    rd_kafka_conf_t *conf, const struct kafka_config *config, struct err *err)
{
	struct buf list = {0};
	int status;

	for (size_t i = 0; i < config->brokers.count; i++)
		buf_printf(
		    &list, "%s%s", i ? "," : "", config->brokers.list[i]);
	buf_char(&list, '\0');
	status = set(conf, "bootstrap.servers", list.ptr, err);
	buf_release(&list);
	return status ? -1 : set_security(conf, config, err);
}

/*
 * The first message of an answer comes whole, however long it is, so what is
 * asked for at once may be less than the longest message; only what an answer
 * may be is not.  An Event Hub drops connections that say nothing for four
 * minutes.
 */
static int
set_reading(
    rd_kafka_conf_t *conf, const struct kafka_config *config, struct err *err)
{
	static const char *const fixed[][2] = {
	    {"client.id", "firn"},
	    {"enable.auto.commit", "false"},
	    {"enable.auto.offset.store", "false"},
	    {"auto.offset.reset", "error"},
	    {"enable.partition.eof", "true"},
	    {"check.crcs", "true"},
	    {"session.timeout.ms", "10000"},
	    {"fetch.wait.max.ms", "500"},
	    {"fetch.message.max.bytes", "4194304"},
	    {"fetch.max.bytes", "67108864"},
	    {"receive.message.max.bytes", "1000000000"},
	    {"socket.keepalive.enable", "true"},
	    {"connections.max.idle.ms", "180000"},
	    {"reconnect.backoff.max.ms", "5000"},
	    {"log.connection.close", "false"},
	};
	char size[32];

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (set(conf, fixed[i][0], fixed[i][1], err))
			return -1;
	(void)snprintf(
	    size, sizeof(size), "%jd", (intmax_t)(config->queue_size >> 10));
	if (set(conf, "queued.max.messages.kbytes", size, err) ||
	    set(conf, "group.id", config->group, err))
		return -1;
	return config->instance
	           ? set(conf, "group.instance.id", config->instance, err)
	           : 0;
}

int
kafka_config_make(rd_kafka_conf_t **out, struct buf *topic,
    const struct kafka_config *config, struct err *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	*out = NULL;
	if (set_reading(conf, config, err) ||
	    (is_set(&config->connection)
	            ? set_connection(conf, topic, config, err)
	            : set_brokers(conf, config, err))) {
		rd_kafka_conf_destroy(conf);
		return -1;
	}
	*out = conf;
	return 0;
}
