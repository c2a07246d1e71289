/* output_mail: findings by e-mail, through a command like sendmail. */
#include "finding/out_mail.h"

#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/term.h"
#include "finding/mail_helper.h"
#include "json/json.h"

struct mail_config {
	struct output_common common;
	const char *from;
	struct config_texts to, command;
	int64_t every_us, batch;
};

static const struct config_row rows[] = {
    OUTPUT_ROWS,
    {.name = "to",
        .type = CONFIG_TEXTS,
        .at = offsetof(struct mail_config, to),
        .must = true,
        .help = "addresses"},
    {.name = "from",
        .type = CONFIG_TEXT,
        .at = offsetof(struct mail_config, from),
        .must = true,
        .help = "address"},
    {.name = "command",
        .type = CONFIG_TEXTS,
        .at = offsetof(struct mail_config, command),
        .help = "program and arguments; reads the message, finds the people "
                "in it; default [/usr/sbin/sendmail, -oi, -t]"},
    {.name = "every",
        .type = CONFIG_TIME,
        .at = offsetof(struct mail_config, every_us),
        .preset = "1min",
        .min = 0,
        .max = INT64_C(86400000000),
        .help = "time between two messages, at least"},
    {.name = "batch",
        .type = CONFIG_COUNT,
        .at = offsetof(struct mail_config, batch),
        .preset = "100",
        .min = 1,
        .max = 1000,
        .help = "findings in one message, at most"},
};

static const struct config_table table = {
    .name = "output mail",
    .help = "e-mail for people, through a command like sendmail",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
};

struct output {
	const struct mail_config *config;
	const struct output_place *place;
	struct json_parser *parser;
	size_t command; /* its number with the helper */
	char host[256];
};

static const char *sendmail[] = {"/usr/sbin/sendmail", "-oi", "-t", NULL};
static const struct config_texts preset = {sendmail, 3};

static const struct config_texts *
command_of(const struct mail_config *config)
{
	return config->command.count ? &config->command : &preset;
}

const struct config_texts *
output_mail_command(const struct output_config *config)
{
	return config->kind == &output_mail ? command_of(config->config) : NULL;
}

static void
close_mail(struct output *output)
{
	if (!output)
		return;
	json_parser_free(output->parser);
	free(output);
}

static int
check(const struct mail_config *config, struct err *err)
{
	if (!config->to.count)
		return err_set(err, ERR_USAGE, "'to' names nobody");
	for (size_t i = 0; i < config->to.count; i++)
		if (!mail_address_ok(config->to.list[i]))
			return err_set(err, ERR_USAGE,
			    "'to' has addresses like name@host.example, not "
			    "'%s'",
			    config->to.list[i]);
	if (!mail_address_ok(config->from))
		return err_set(err, ERR_USAGE,
		    "'from' is an address like name@host.example, not '%s'",
		    config->from);
	if (*command_of(config)->list[0] != '/')
		return err_set(err, ERR_USAGE,
		    "'command' begins with the whole path of a program, not "
		    "'%s'",
		    command_of(config)->list[0]);
	return 0;
}

static int
open_mail(struct output **out, const struct output_place *place,
    const void *config, struct output_limits *limits, struct err *err)
{
	const struct mail_config *mail = config;
	struct output *output;
	size_t command = 0;

	if (check(mail, err))
		return -1;
	if (!place->mail ||
	    !mail_helper_find(place->mail, command_of(mail), &command))
		return err_set(err, ERR_USAGE,
		    "the command '%s' was not configured at the start: "
		    "restart firn",
		    command_of(mail)->list[0]);
	output = xcalloc(1, sizeof(*output));
	output->config = mail;
	output->place = place;
	output->command = command;
	output->parser = json_parser_new();
	if (gethostname(output->host, sizeof(output->host) - 1))
		output->host[0] = '\0';
	limits->count = (size_t)mail->batch;
	limits->bytes = 16u << 20;
	limits->every_us = mail->every_us;
	*out = output;
	return 0;
}

enum output_end
mail_judge(int status)
{
	switch (status) {
	case 0:
		return OUTPUT_SENT;
	case EX_UNAVAILABLE:
	case EX_OSERR:
	case EX_OSFILE:
	case EX_CANTCREAT:
	case EX_IOERR:
	case EX_TEMPFAIL:
	case EX_NOPERM:
	case EX_CONFIG:
		return OUTPUT_AGAIN;
	default:
		/* 126, 127: it could not be started; above: killed, too late */
		return status < 126 ? OUTPUT_REFUSED : OUTPUT_AGAIN;
	}
}

static void
judge(const struct output *output, const struct mail_helper_result *sent,
    size_t n, struct output_result *result)
{
	const char *command = command_of(output->config)->list[0];
	struct buf said = {0};

	result->end = mail_judge(sent->status);
	/* It is the message that is refused, and all that is in it. */
	if (result->end == OUTPUT_REFUSED)
		result->refused = n;
	term_fit(&said, buf_slice(&sent->said), 200);
	err_set(&result->why, ERR_SYSTEM, "'%s' %s %d%s%.*s", command,
	    sent->status == MAIL_HELPER_TOO_LATE
	        ? "takes too long: more seconds than"
	        : "ends with status",
	    sent->status == MAIL_HELPER_TOO_LATE ? 120 : sent->status,
	    said.len ? ": " : "", (int)said.len, said.len ? said.ptr : "");
	buf_release(&said);
}

static void
send_mail(struct output *output, const struct output_item *items, size_t n,
    struct output_result *result)
{
	const struct output_place *place = output->place;
	const struct mail_config *config = output->config;
	const struct mail_head head = {.from = config->from,
	    .to = config->to.list,
	    .to_count = config->to.count,
	    .host = output->host,
	    .time_us = place->now()};
	struct mail_helper_result sent = {0};
	struct buf message = {0};
	struct err err;

	mail_write(&message, &head, items, n, output->parser);
	if (mail_helper_send(place->mail, output->command, buf_slice(&message),
	        place->stop, &sent, &err))
		output_again(result, &err);
	else
		judge(output, &sent, n, result);
	buf_release(&sent.said);
	buf_release(&message);
}

const struct output_kind output_mail = {
    .name = "mail",
    .table = &table,
    .config_size = sizeof(struct mail_config),
    .open = open_mail,
    .send = send_mail,
    .close = close_mail,
};
