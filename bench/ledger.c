#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "bench.h"
#include "ledger/ledger.h"

/*
 * ledger - what appending costs, one thread.  DIR is an empty folder on the
 * disk to measure; the records are the lines of LOG.
 *
 *	ledger append LOG DIR   all of them, a commit every 4 MiB: records, mean
 *	    bytes, records/s, MB/s, seconds of processor a million records; then
 *	    the floor: records/s of bare SHA-256 over the same bytes
 *	ledger pace LOG DIR     35,000 records/s for 20 s, a commit every 50 ms:
 *	    records/s, and ms from append to signed checkpoint, p50, p99, most
 */
#define PACE    35000.0
#define SECONDS 20.0
#define EVERY   0.05
#define IDLE_US 200
#define RECORDS (size_t)(PACE * SECONDS)

struct log {
	struct slice bytes;
	struct slice *lines; /* owned */
	size_t count;
};

static void
quit(const char *what, const struct err *err)
{
	fprintf(stderr, "ledger: %s: %s\n", what, err ? err->msg : "");
	exit(2);
}

static void
read_log(struct log *log, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct slice rest;
	struct stat st;
	size_t room = 0;
	void *map;

	if (fd < 0 || fstat(fd, &st))
		quit(path, NULL);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ,
	    MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (map == MAP_FAILED)
		quit(path, NULL);
	close(fd);
	log->bytes = rest = slice_of(map, (size_t)st.st_size);
	while (rest.len) {
		if (log->count == room) {
			room = room ? 2 * room : 1024;
			log->lines =
			    xrealloc(log->lines, room * sizeof(*log->lines));
		}
		log->lines[log->count++] = slice_cut(&rest, '\n');
	}
}

/* Records a second of nothing but the hash that each needs anyway. */
static double
floor_rate(const struct log *log)
{
	struct sha256 *sha = sha256_new();
	unsigned char digest[SHA256_LEN];
	double start = bench_seconds();

	for (size_t i = 0; i < log->count; i++) {
		sha256_begin(sha);
		sha256_add(sha, log->lines[i].ptr, log->lines[i].len);
		sha256_end(sha, digest);
	}
	sha256_free(sha);
	return (double)log->count / (bench_seconds() - start);
}

/* --- appending --- */

struct bench {
	struct ledger *ledger;
	uint64_t delivery;
	struct log log;
};

static void
begin(struct bench *bench, const char *dir)
{
	struct ledger_options options = {0};
	unsigned char name[16] = {1};
	char path[3][4096];
	struct key key;
	struct err err = {0};

	snprintf(path[0], sizeof(path[0]), "%s/ledger", dir);
	snprintf(path[1], sizeof(path[1]), "%s/key", dir);
	snprintf(path[2], sizeof(path[2]), "%s/state", dir);
	options.key = path[1];
	options.state = path[2];
	if (signer_create(
	        path[1], SLICE("bench.example"), KEY_ED25519, &key, &err) ||
	    ledger_create(path[0], &options, &err) ||
	    ledger_open(&bench->ledger, path[0], &options, NULL, &err) ||
	    ledger_open_delivery(bench->ledger, name, SLICE(""), SLICE("{}"),
	        &bench->delivery, &err))
		quit(dir, &err);
}

/* As an import does it: looked up, then added.  Ids are random, as hashes are.
 */
static void
add(struct bench *bench, size_t i)
{
	struct identity identity = {.told = {1, 2, 3, 4}};
	uint64_t half[2] = {i * 0x9e3779b97f4a7c15u, i ^ 0xd1b54a32d192ed03u};
	struct ledger_add add = {.source = SLICE("file/o365.audit"),
	    .tenant = SLICE("c0ffee00-0000-4000-8000-000000000001"),
	    .available_us = LEAF_NO_TIME,
	    .delivery = bench->delivery,
	    .identity = &identity,
	    .raw = bench->log.lines[i % bench->log.count]};
	uint64_t index;
	struct err err = {0};

	memcpy(identity.id, half, sizeof(identity.id));
	if (ledger_known(bench->ledger, &identity, INT64_MIN) != LEDGER_NEW)
		quit("not new", NULL);
	if (ledger_add(bench->ledger, &add, &index, &err))
		quit("add", &err);
}

static void
commit(struct bench *bench)
{
	struct err err = {0};

	if (ledger_commit(bench->ledger, &err))
		quit("commit", &err);
}

static void
append(struct bench *bench)
{
	double start = bench_seconds(), cpu = bench_cpu(), took;
	double count = (double)bench->log.count;

	for (size_t i = 0; i < bench->log.count; i++) {
		add(bench, i);
		if (ledger_pending(bench->ledger) >= LEDGER_COMMIT_BYTES)
			commit(bench);
	}
	commit(bench);
	took = bench_seconds() - start;
	cpu = bench_cpu() - cpu;
	printf("%.0f\t%.0f\t%.0f\t%.0f\t%.2f\t%.0f\n", count,
	    (double)bench->log.bytes.len / count, count / took,
	    (double)bench->log.bytes.len / 1e6 / took, cpu / count * 1e6,
	    floor_rate(&bench->log));
}

/* --- latency --- */

/* Whether a checkpoint was put in place since the last look. */
static bool
is_signed(const char *path, struct stat *last)
{
	struct stat st;

	if (stat(path, &st))
		quit(path, NULL);
	if (st.st_ino == last->st_ino &&
	    st.st_mtim.tv_sec == last->st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == last->st_mtim.tv_nsec)
		return false;
	*last = st;
	return true;
}

/*
 * A record is due at its time: if appending is late, that counts, too.
 */
static void
pace(struct bench *bench, const char *dir)
{
	double *ms = xcalloc(RECORDS, sizeof(*ms)), start, next = EVERY, now;
	size_t count = 0, done = 0;
	char path[4096];
	struct stat last;

	snprintf(path, sizeof(path), "%s/ledger/checkpoint", dir);
	if (stat(path, &last))
		quit(path, NULL);
	start = bench_seconds();
	while (done < RECORDS) {
		now = bench_seconds() - start;
		while (count < RECORDS && (double)count / PACE <= now)
			add(bench, count++);
		if (now < next) {
			usleep(IDLE_US);
			continue;
		}
		next += EVERY;
		commit(bench);
		if (!is_signed(path, &last))
			continue;
		now = bench_seconds() - start;
		for (; done < count; done++)
			ms[done] = (now - (double)done / PACE) * 1e3;
	}
	now = bench_seconds() - start;
	qsort(ms, RECORDS, sizeof(*ms), bench_by_value);
	printf("%.0f\t%.0f\t%.0f\t%.0f\n", (double)RECORDS / now,
	    ms[RECORDS / 2], ms[RECORDS / 100 * 99], ms[RECORDS - 1]);
	free(ms);
}

int
main(int argc, char **argv)
{
	struct bench bench = {0};

	if (argc != 4 ||
	    (strcmp(argv[1], "append") != 0 && strcmp(argv[1], "pace") != 0)) {
		fputs("usage: ledger append|pace LOG DIR\n", stderr);
		return 2;
	}
	read_log(&bench.log, argv[2]);
	begin(&bench, argv[3]);
	if (argv[1][0] == 'a')
		append(&bench);
	else
		pace(&bench, argv[3]);
	ledger_close(bench.ledger);
	free(bench.log.lines);
	return 0;
}
