/* output_syslog: RFC 5424 over TLS (RFC 5425), TCP (RFC 6587) or UDP. */
#include "finding/out_syslog.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "base/utf8.h"
#include "event/event.h"
#include "net/stream.h"

/*
 * The number that RFC 5612 keeps for documentation: there is none of firn's
 * own.
 */
#define SD_ID     "firn@32473"
#define HOST_MAX  255
#define PARAM_MAX 256 /* bytes of a value */
#define NIL       "-"

struct syslog_config {
	struct output_common common;
	const char *host, *ca, *cert, *key, *hostname, *port;
	unsigned over, facility;
	int64_t timeout_us, max;
};

static const struct config_row rows[] = {
    OUTPUT_ROWS,
    {.name = "host",
        .type = CONFIG_TEXT,
        .at = offsetof(struct syslog_config, host),
        .must = true,
        .help = "name or address of the receiver"},
    {.name = "port",
        .type = CONFIG_TEXT,
        .at = offsetof(struct syslog_config, port),
        .help = "number; by default 6514 for tls, 601 for tcp, 514 for udp"},
    {.name = "over",
        .type = CONFIG_WORD,
        .at = offsetof(struct syslog_config, over),
        .preset = "tls",
        .words = "tls|tcp|udp",
        .help = "tcp and udp let anyone on the way read and change findings"},
    {.name = "ca",
        .type = CONFIG_PATH,
        .at = offsetof(struct syslog_config, ca),
        .help = "file of certificates to trust in place of the system's"},
    {.name = "cert",
        .type = CONFIG_PATH,
        .at = offsetof(struct syslog_config, cert),
        .help = "file with our certificate, for a receiver that wants one"},
    {.name = "key",
        .type = CONFIG_PATH,
        .at = offsetof(struct syslog_config, key),
        .help = "file with its key"},
    {.name = "facility",
        .type = CONFIG_WORD,
        .at = offsetof(struct syslog_config, facility),
        .preset = "local0",
        .words = "kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|"
                 "authpriv|ftp|ntp|audit|alert|clock|local0|local1|local2|"
                 "local3|local4|local5|local6|local7",
        .help = "of all messages"},
    {.name = "hostname",
        .type = CONFIG_TEXT,
        .at = offsetof(struct syslog_config, hostname),
        .help = "what messages say of us; else this machine's name"},
    {.name = "max",
        .type = CONFIG_SIZE,
        .at = offsetof(struct syslog_config, max),
        .preset = "64k",
        .min = 480,
        .max = 64 << 20,
        .help = "longer messages are dead letters; as the receiver has it"},
    {.name = "timeout",
        .type = CONFIG_TIME,
        .at = offsetof(struct syslog_config, timeout_us),
        .preset = "30s",
        .min = 1000000,
        .max = INT64_C(600000000),
        .help = "for connecting, and for one batch"},
};

static const struct config_table table = {
    .name = "output syslog",
    .help = "a receiver of syslog, RFC 5424",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
};

struct output {
	const struct syslog_config *config;
	struct stream_options options;
	struct stream *stream; /* NULL: not connected */
	char host[HOST_MAX + 1];
};

/* --- messages --- */

/* A field of the header: printable ASCII without blanks. */
static void
add_field(struct buf *out, const char *text)
{
	size_t before = out->len;

	for (; *text; text++)
		if (*text > 32 && *text < 127)
			buf_char(out, *text);
	if (out->len == before)
		buf_str(out, NIL);
}

static void
add_param(struct buf *out, const char *name, struct slice value)
{
	size_t good;

	if (value.len > PARAM_MAX)
		value.len = PARAM_MAX;
	/* What was cut within a character, or is none, is left out. */
	good = utf8_good(value);
	buf_printf(out, " %s=\"", name);
	for (size_t i = 0; i < good; i++) {
		char c = value.ptr[i];

		if (c == '"' || c == '\\' || c == ']')
			buf_char(out, '\\');
		buf_char(out, (unsigned char)c < 32 || c == 127 ? ' ' : c);
	}
	buf_char(out, '"');
}

/* In JSON what is not ASCII stands in strings only, where \u may be written. */
static void
add_ascii(struct buf *out, struct slice text)
{
	const unsigned char *p = (const unsigned char *)text.ptr;

	for (size_t i = 0; i < text.len;) {
		size_t n = utf8_len(p + i, text.len - i);
		uint32_t code = n ? utf8_get(p + i, n) : 0xfffd;

		if (code < 0x80)
			buf_char(out, (char)code);
		else if (code < 0x10000)
			buf_printf(out, "\\u%04x", code);
		else
			buf_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (code >> 10),
			    0xdc00 + (code & 0x3ff));
		i += n ? n : 1;
	}
}

void
syslog_write(struct buf *out, const struct output_item *item, unsigned facility,
    const char *host)
{
	static const unsigned severities[LEVEL_COUNT] = {
	    [LEVEL_INFORMATIONAL] = 6,
	    [LEVEL_LOW] = 5,
	    [LEVEL_MEDIUM] = 4,
	    [LEVEL_HIGH] = 3,
	    [LEVEL_CRITICAL] = 2,
	};
	char room[TIME_TEXT_MAX], index[24];

	buf_printf(out, "<%u>1 ", facility * 8 + severities[item->level]);
	if (item->time_us == EVENT_NO_TIME)
		buf_str(out, NIL);
	else
		buf_slice_add(out, time_format(item->time_us, room));
	buf_char(out, ' ');
	add_field(out, host);
	buf_printf(out, " firn - %jd [" SD_ID, (intmax_t)item->class_uid);
	snprintf(index, sizeof(index), "%ju", (uintmax_t)item->index);
	add_param(out, "uid", item->uid);
	add_param(out, "index", slice_cstr(index));
	add_param(out, "rule", item->rule);
	add_param(out, "level", slice_cstr(level_name(item->level)));
	buf_str(out, "] ");
	add_ascii(out, item->text);
}

/* --- open and close --- */

static void
close_syslog(struct output *output)
{
	if (!output)
		return;
	stream_close(output->stream);
	free(output);
}

static int
check(const struct syslog_config *config, struct err *err)
{
	uint64_t port;

	if (config->port && (!slice_to_u64(slice_cstr(config->port), &port) ||
	                        !port || port > 65535))
		return err_set(err, ERR_USAGE,
		    "'port' is a number from 1 to 65535, not '%s'",
		    config->port);
	if (!config->cert != !config->key)
		return err_set(err, ERR_USAGE, "'cert' and 'key' go together");
	if (config->over != STREAM_TLS && (config->cert || config->ca))
		return err_set(err, ERR_USAGE,
		    "'ca', 'cert' and 'key' are for 'over: tls'");
	return 0;
}

static int
open_syslog(struct output **out, const struct output_place *place,
    const void *config, struct output_limits *limits, struct err *err)
{
	static const char *const ports[] = {"6514", "601", "514"};
	const struct syslog_config *syslog = config;
	struct output *output;

	if (check(syslog, err))
		return -1;
	output = xcalloc(1, sizeof(*output));
	output->config = syslog;
	if (syslog->hostname)
		snprintf(
		    output->host, sizeof(output->host), "%s", syslog->hostname);
	else if (gethostname(output->host, HOST_MAX))
		output->host[0] = '\0';
	output->options = (struct stream_options){
	    .host = syslog->host,
	    .port = syslog->port ? syslog->port : ports[syslog->over],
	    .over = (enum stream_over)syslog->over,
	    .ca = syslog->ca,
	    .cert = syslog->cert,
	    .key = syslog->key,
	    .timeout_ms = (unsigned)(syslog->timeout_us / 1000),
	    .stop = place->stop,
	};
	limits->count = 500;
	limits->bytes = 1u << 20;
	*out = output;
	return 0;
}

/* --- sending --- */

/*
 * Adds framed messages up to the first one that is too long; says how many.
 * Over UDP one at a time: each is a datagram.
 */
static size_t
write_messages(const struct output *output, const struct output_item *items,
    size_t n, struct buf *out)
{
	const struct syslog_config *config = output->config;
	struct buf one = {0};
	size_t i = 0;

	for (; i < n; i++) {
		buf_clear(&one);
		syslog_write(&one, &items[i], config->facility, output->host);
		if (one.len > (size_t)config->max)
			break;
		if (config->over != STREAM_UDP)
			buf_printf(out, "%zu ", one.len);
		buf_slice_add(out, buf_slice(&one));
		if (config->over == STREAM_UDP) {
			i++;
			break;
		}
	}
	buf_release(&one);
	return i;
}

static int
connect_if_needed(struct output *output, struct err *err)
{
	if (output->stream && !stream_alive(output->stream)) {
		stream_close(output->stream);
		output->stream = NULL;
	}
	return output->stream
	           ? 0
	           : stream_open(&output->stream, &output->options, err);
}

/* Some of the first; false if that is the end of it for now. */
static bool
send_some(struct output *output, const struct output_item *items, size_t n,
    struct output_result *result)
{
	struct buf text = {0};
	struct err err = {0};
	size_t some = write_messages(output, items, n, &text);

	if (!some) {
		err_set(&err, ERR_LIMIT, "its message is longer than %jd bytes",
		    (intmax_t)output->config->max);
	} else if (!connect_if_needed(output, &err) &&
	           !stream_send(output->stream, buf_slice(&text), &err) &&
	           !stream_settle(output->stream, &err)) {
		result->done += some;
	}
	buf_release(&text);
	if (!err.code)
		return true;
	if (err.code == ERR_LIMIT) {
		result->end = OUTPUT_REFUSED;
		result->refused = 1;
		result->why = err;
		return false;
	}
	stream_close(output->stream);
	output->stream = NULL;
	output_again(result, &err);
	return false;
}

static void
send_syslog(struct output *output, const struct output_item *items, size_t n,
    struct output_result *result)
{
	while (result->done < n && send_some(output, items + result->done,
	                               n - result->done, result))
		;
}

const struct output_kind output_syslog = {
    .name = "syslog",
    .table = &table,
    .config_size = sizeof(struct syslog_config),
    .open = open_syslog,
    .send = send_syslog,
    .close = close_syslog,
};
