#include "cmd_write.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "options.h"
#include "sink.h"
#include "tenant.h"
#include "writer.h"

#define DAY_US         (INT64_C(86400) * 1000000)
#define DAYS_MAX       3660
#define SIZE_MAX_BYTES ((uint64_t)1 << 44)

struct options {
	struct tenant_plan tenant;
	struct attack_orders attacks;
	struct drops drops;
	const char *dir;
	uint64_t size;
};

static void
help(void)
{
	fputs(
	    "usage: firn-sim write DIR [options]\n\n"
	    "Writes the logs of a made-up tenant into DIR, as an "
	    "administrator\n"
	    "would have exported them, and DIR/.truth.json, which says which\n"
	    "records are part of an attack. Equal options give equal bytes.\n\n"
	    "  --people N          people in the tenant (200)\n"
	    "  --days N            days of work (21)\n"
	    "  --seed N            another seed, another tenant (1)\n"
	    "  --start YYYY-MM-DD  first day (2026-10-05, a Monday)\n"
	    "  --attack NAME[:KEY=VALUE,...],...\n"
	    "                      hide these attacks in it; may be repeated,\n"
	    "                      'all' means every one\n"
	    "  --drop FROM..TO[:TYPE]\n"
	    "                      leave the records of these days or times, "
	    "and of\n"
	    "                      that content type or log, out of all files; "
	    "may\n"
	    "                      be repeated\n"
	    "  --size BYTES        only DIR/audit.ndjson, up to about that "
	    "size\n"
	    "                      (k, M, G), for as many days as that takes\n"
	    "  --help\n\n"
	    "attacks:\n",
	    stdout);
	attack_orders_help();
	fputs("\nexamples:\n"
	      "  firn-sim write demo --attack all\n"
	      "  firn-sim write demo --attack all:draw --people 300 --days 10\n"
	      "  firn-sim write demo --attack bec:contain=full,owner=busy\n"
	      "  firn-sim write demo --people 500 --days 30 --seed 7 "
	      "--attack bec,consent\n"
	      "  firn-sim write bench --people 5000 --size 1G\n",
	    stdout);
}

static int
parse_size(const char *text, uint64_t *out, struct err *err)
{
	struct slice number = slice_cstr(text);
	unsigned shift = 0;

	if (number.len > 0) {
		switch (number.ptr[number.len - 1]) {
		case 'k':
		case 'K':
			shift = 10;
			break;
		case 'M':
			shift = 20;
			break;
		case 'G':
			shift = 30;
			break;
		default:
			break;
		}
		number.len -= shift > 0;
	}
	if (!slice_to_u64(number, out) || *out == 0 ||
	    *out > SIZE_MAX_BYTES >> shift)
		return err_set(err, ERR_USAGE,
		    "--size wants bytes like 800k, 50M or 1G, not '%s'", text);
	*out <<= shift;
	return 0;
}

static int
parse_start(const char *text, int64_t *out, struct err *err)
{
	if (strlen(text) != 10 || !time_parse(slice_cstr(text), out) ||
	    *out % DAY_US != 0)
		return err_set(err, ERR_USAGE,
		    "--start wants a day like 2026-10-05, not '%s'", text);
	return 0;
}

/* Adds it, behind others. */
static bool
is_attack(struct options *o, const char *text)
{
	return o->attacks.n > 0 &&
	       attack_orders_add(&o->attacks, slice_cstr(text), NULL) == 0;
}

/* 1 when help was asked for. */
static int
parse_options(int argc, char **argv, struct options *o, struct err *err)
{
	static const struct option longs[] = {
	    {"people", required_argument, NULL, 'p'},
	    {"days", required_argument, NULL, 'd'},
	    {"seed", required_argument, NULL, 's'},
	    {"start", required_argument, NULL, 't'},
	    {"attack", required_argument, NULL, 'a'},
	    {"size", required_argument, NULL, 'z'},
	    {"drop", required_argument, NULL, 'D'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	int option, bad = 0;

	opterr = 0;
	while (!bad &&
	       (option = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		switch (option) {
		case 'p':
			bad = option_count("--people", optarg, PEOPLE_MAX,
			    &o->tenant.people, err);
			break;
		case 'd':
			bad = option_count(
			    "--days", optarg, DAYS_MAX, &o->tenant.days, err);
			break;
		case 's':
			bad = option_number(
			    "--seed", optarg, UINT64_MAX, &o->tenant.seed, err);
			break;
		case 't':
			bad = parse_start(optarg, &o->tenant.start_us, err);
			break;
		case 'a':
			bad = attack_orders_add(
			    &o->attacks, slice_cstr(optarg), err);
			break;
		case 'D':
			bad = drops_add(&o->drops, optarg, err);
			break;
		case 'z':
			bad = parse_size(optarg, &o->size, err);
			break;
		case 'h':
			return 1;
		case ':':
			return err_set(err, ERR_USAGE, "'%s' wants a value",
			    argv[optind - 1]);
		default:
			return err_set(
			    err, ERR_USAGE, "no option '%s'", argv[optind - 1]);
		}
	}
	if (bad)
		return -1;
	/* names may also follow one by one: --attack bec consent DIR */
	while (optind + 1 < argc && is_attack(o, argv[optind]))
		optind++;
	while (argc - 1 > optind && is_attack(o, argv[argc - 1]))
		argc--;
	if (optind == argc)
		return err_set(err, ERR_USAGE, "which folder?");
	if (optind + 1 < argc)
		return err_set(err, ERR_USAGE, "one folder only, not also '%s'",
		    argv[optind + 1]);
	o->dir = argv[optind];
	return 0;
}

/* Hour by hour until the days are over, or the size is reached. */
static void
run(struct tenant *tenant, const struct options *o, const struct sink *sink)
{
	uint64_t hours = o->size ? UINT64_MAX : (uint64_t)o->tenant.days * 24;

	for (uint64_t i = 0; i < hours && !sink->full; i++)
		tenant_hour(tenant);
}

static int
write_logs(struct options *o, struct err *err)
{
	struct writer_plan plan = {
	    .dir = o->dir,
	    .size = o->size,
	    .drops = &o->drops,
	    .start_us = o->tenant.start_us,
	    .days = o->tenant.days,
	    .seed = o->tenant.seed,
	    .people = o->tenant.people,
	};
	struct writer *writer = writer_new(&plan, err);
	struct tenant *tenant;
	struct feed *feed;
	const struct story *stories;
	size_t n_stories;
	int result;

	if (!writer)
		return -1;
	feed = feed_new(writer_sink(writer), o->tenant.seed,
	    o->size ? INT64_MAX : plan.start_us + plan.days * DAY_US);
	tenant = tenant_new(&o->tenant, feed_sink(feed));
	writer_set_tenant(
	    writer, tenant_org(tenant)->tenant, tenant_org(tenant)->domain);
	stories = tenant_stories(tenant, &n_stories);
	writer_set_stories(writer, stories, n_stories);
	run(tenant, o, feed_sink(feed));
	feed_finish(feed);
	result = writer_finish(writer, err);
	if (result == 0)
		printf("%s: %llu records, %.1f MB\n", o->dir,
		    (unsigned long long)writer_records(writer),
		    (double)writer_bytes(writer) / 1e6);
	tenant_free(tenant);
	feed_free(feed);
	writer_free(writer);
	return result;
}

int
cmd_write(int argc, char **argv)
{
	struct options o = {
	    .tenant = {.seed = 1, .people = 200, .days = 21},
	};
	struct err err;
	int parsed, status;

	time_parse(SLICE("2026-10-05"), &o.tenant.start_us);
	parsed = parse_options(argc, argv, &o, &err);
	if (parsed > 0) {
		help();
		attack_orders_release(&o.attacks);
		return 0;
	}
	o.tenant.attacks = &o.attacks;
	status = parsed < 0 || write_logs(&o, &err) < 0 ? 2 : 0;
	if (status)
		fprintf(stderr, "firn-sim write: %s\n", err.msg);
	attack_orders_release(&o.attacks);
	return status;
}
