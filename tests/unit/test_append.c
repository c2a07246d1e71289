/* Adding to a ledger as its writer, through its writer, and in turn. */
#include "ledger/append.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "base/bytes.h"
#include "ledger/control_socket.h"
#include "ledger_fill.h"

static struct append *
open_append(const struct ledger_case *c, bool serve)
{
	const struct append_options options = {
	    .ledger = c->options, .serve = serve, .patience_ms = 5000};
	struct append *append = NULL;
	struct err err = {0};

	if (append_open(&append, c->dir, &options, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(err.code, 0);
	assert_int_equal(append_unserved(append)->code, 0);
	return append;
}

/* Item i of a delivery; of the same event as item i - 100. */
struct item {
	struct append_item item;
	struct identity identity;
	char raw[128];
};

static void
make_item(struct item *item, uint64_t number)
{
	*item = (struct item){.identity = {.told = {1, 2}}};
	case_name(item->identity.id, number % 100);
	item->item = (struct append_item){.keep = number % 10 != 9,
	    .source = SLICE("file/o365.audit"),
	    .tenant = SLICE("contoso"),
	    .available_us = LEAF_NO_TIME,
	    .since_us = INT64_MIN,
	    .identity = number % 10 == 8 ? NULL : &item->identity,
	    .raw = case_raw(item->raw, sizeof(item->raw), number)};
}

static int
take_items(struct append *append, const unsigned char *name, uint64_t first,
    size_t count, unsigned char *verdicts, struct err *err)
{
	struct item *room = calloc(count, sizeof(*room));
	struct append_item *items = calloc(count, sizeof(*items));
	const struct append_batch batch = {
	    .name = name, .first = first, .items = items, .count = count};
	int status;

	assert_true(room && items);
	for (size_t i = 0; i < count; i++) {
		make_item(&room[i], first + i);
		items[i] = room[i].item;
	}
	status = append_take(append, &batch, verdicts, err);
	free(room);
	free(items);
	return status;
}

static void
expect_taken(struct append *append, const unsigned char *name, uint64_t first,
    const char *want)
{
	static const char letters[] = "NRTCPB";
	unsigned char verdicts[256];
	struct err err = {0};
	size_t count = strlen(want);

	if (take_items(append, name, first, count, verdicts, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(letters[verdicts[i]], want[i]);
}

static uint64_t
size_of(struct append *append)
{
	struct err err = {0};
	uint64_t size;

	if (append_size(append, &size, &err))
		fail_msg("%s", err.msg);
	return size;
}

static void
begin_delivery(struct append *append, const unsigned char *name)
{
	const struct append_delivery of = {.name = name,
	    .tenant = SLICE("contoso"),
	    .raw = SLICE("{\"by\":\"test\"}")};
	struct ledger_delivery delivery;
	struct err err = {0};

	if (append_begin(append, &of, &delivery, &err))
		fail_msg("%s", err.msg);
}

static void
end_delivery(struct append *append, const unsigned char *name)
{
	const struct append_delivery of = {
	    .name = name, .tenant = SLICE(""), .raw = SLICE("{}")};
	struct err err = {0};

	if (append_end(append, &of, &err))
		fail_msg("%s", err.msg);
}

static void
expect_delivery(struct append *append, const unsigned char *name, bool found,
    uint64_t consumed, bool closed)
{
	struct ledger_delivery delivery = {0};
	struct err err = {0};
	bool there = !found;

	if (append_find(append, name, &there, &delivery, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(there, found);
	assert_int_equal(delivery.consumed, consumed);
	assert_int_equal(delivery.closed, closed);
}

static void
add_own(struct append *append, const unsigned char *key, bool is_new)
{
	const struct ledger_own own = {
	    .stream = SLICE("test"), .raw = SLICE("{}"), .key = key};
	uint64_t index, size = size_of(append);
	struct err err = {0};

	if (append_own(append, &own, &index, &err))
		fail_msg("%s", err.msg);
	assert_true(index == (is_new ? size : OWN_THERE));
	/* Only who writes knows, of others' records, too. */
	if (is_new && append_own_last(append, own.stream))
		assert_true(append_own_last(append, own.stream) == size + 1);
	assert_true(!append_own_last(append, SLICE("nobody")));
	assert_int_equal(size_of(append), size + is_new);
}

/* What can be done with a ledger that is empty. */
static void
try_all(struct append *append)
{
	static const unsigned char name[16] = "one", other[16] = "other";
	static const unsigned char key[16] = "key";
	struct err err = {0};
	unsigned char verdict;
	uint64_t size;

	expect_delivery(append, name, false, 0, false);
	assert_int_equal(take_items(append, name, 0, 1, &verdict, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	begin_delivery(append, name);
	expect_taken(append, name, 0, "NNNNNNNNNP");
	begin_delivery(append, name); /* is there already */
	expect_taken(append, name, 5, "BBBBBNNNNNNNNNP");
	expect_delivery(append, name, true, 20, false);
	assert_int_equal(take_items(append, name, 21, 1, &verdict, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	begin_delivery(append, other);
	expect_taken(append, other, 0, "RRRRRRRRNP");
	end_delivery(append, name);
	end_delivery(append, name);
	expect_delivery(append, name, true, 20, true);
	expect_taken(append, name, 18, "BBBB");
	add_own(append, key, true);
	add_own(append, key, false);
	add_own(append, NULL, true);
	add_own(append, NULL, true);
	assert_int_equal(append_sign(append, &err), 0);
	assert_int_equal(append_sign(append, &err), 0);
	assert_int_equal(append_roll(append, &size, &err), 0);
	assert_int_equal(size, 2 + 18 + 1 + 1 + 3);
	assert_int_equal(size_of(append), size);
}

static void
check_all(struct ledger_case *c)
{
	struct view *view = case_view(c);

	char second[400];

	assert_int_equal(view_tree(view)->size, 25);
	snprintf(second, sizeof(second), "%s/wal/%020d.wal", c->dir, 25);
	assert_int_equal(access(second, F_OK), 0);
	case_verify(view);
	view_close(view);
}

static void
the_writer_adds(void **state)
{
	struct append *append;
	struct ledger_case c;

	(void)state;
	case_create(&c);
	append = open_append(&c, false);
	try_all(append);
	append_close(append);
	check_all(&c);
	case_end(&c);
}

static void
through_the_writer_it_is_the_same(void **state)
{
	struct append *writer, *client;
	struct ledger_case c;

	(void)state;
	case_create(&c);
	writer = open_append(&c, true);
	client = open_append(&c, true);
	try_all(client);
	append_close(client);
	check_all(&c);
	append_close(writer);
	case_end(&c);
}

/* One ends after the other; those that stay do not notice. */
static void
who_loses_the_writer_becomes_it(void **state)
{
	static const unsigned char name[16] = "one";
	struct append *all[4];
	struct ledger_case c;

	(void)state;
	case_create(&c);
	for (size_t i = 0; i < 4; i++)
		all[i] = open_append(&c, true);
	begin_delivery(all[0], name);
	expect_taken(all[0], name, 0, "N");
	for (uint64_t i = 0, next = 1; i < 4; i++) {
		for (size_t k = i; k < 4 && next < 9; k++)
			expect_taken(all[k], name, next++ - 1, "BN");
		append_close(all[i]);
	}
	case_end(&c);
}

static void
much_goes_in_several_requests(void **state)
{
	static const unsigned char name[16] = "one";
	const size_t count = 70000;
	unsigned char *verdicts = malloc(count);
	struct append *writer, *client;
	struct ledger_case c;
	struct err err = {0};

	(void)state;
	assert_non_null(verdicts);
	case_create(&c);
	writer = open_append(&c, true);
	client = open_append(&c, true);
	begin_delivery(client, name);
	if (take_items(client, name, 0, count, verdicts, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(verdicts[i], i % 10 == 9 ? APPEND_PASSED
		                              : i % 10 == 8 || i < 100
		                                  ? APPEND_NEW
		                                  : APPEND_REPEAT);
	append_close(client);
	append_close(writer);
	free(verdicts);
	case_end(&c);
}

/* As long as a record may be, and a byte more: both ways the same. */
static void
the_longest_record_goes_through(void **state)
{
	static const unsigned char name[16] = "one";
	char *bytes = calloc(1, FRAME_RAW_MAX + 1);
	struct append_item item = {.keep = true,
	    .source = SLICE("file/x"),
	    .available_us = LEAF_NO_TIME,
	    .raw = {bytes, FRAME_RAW_MAX}};
	const struct append_batch batch = {
	    .name = name, .items = &item, .count = 1};
	const struct append_batch next = {
	    .name = name, .first = 1, .items = &item, .count = 1};
	struct append *both[2];
	struct ledger_case c;
	struct err err = {0};
	unsigned char verdict;

	(void)state;
	assert_non_null(bytes);
	case_create(&c);
	both[0] = open_append(&c, true);
	both[1] = open_append(&c, true);
	begin_delivery(both[0], name);
	if (append_take(both[1], &batch, &verdict, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(verdict, APPEND_NEW);
	item.raw.len++;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
		    append_take(both[i], &next, &verdict, &err), -1);
		assert_int_equal(err.code, ERR_LIMIT);
	}
	expect_delivery(both[1], name, true, 1, false);
	append_close(both[1]);
	append_close(both[0]);
	free(bytes);
	case_end(&c);
}

/* --- many at once --- */

#define WORKERS 6
#define ITEMS   3000

struct worker {
	pthread_t thread;
	const struct ledger_case *c;
	unsigned number;
	uint64_t added;
};

/* All take the same delivery, in steps of their own. */
static void *
work(void *arg)
{
	static const unsigned char name[16] = "shared";
	struct worker *worker = arg;
	struct append *append = open_append(worker->c, true);
	unsigned char verdicts[64];
	size_t step = 10 + worker->number;
	struct err err = {0};

	begin_delivery(append, name);
	for (uint64_t i = 0; i < ITEMS; i += step) {
		size_t n = ITEMS - i < step ? (size_t)(ITEMS - i) : step;

		if (take_items(append, name, i, n, verdicts, &err))
			fail_msg("%s", err.msg);
		for (size_t k = 0; k < n; k++)
			worker->added += verdicts[k] == APPEND_NEW;
	}
	end_delivery(append, name);
	/* Whoever is alone with it would close what nobody made durable. */
	if (append_sign(append, &err))
		fail_msg("%s", err.msg);
	append_close(append);
	return NULL;
}

static void
several_share_a_delivery(void **state)
{
	struct worker workers[WORKERS];
	uint64_t added = 0;
	struct ledger_case c;
	struct view *view;

	(void)state;
	case_create(&c);
	c.options.now_us = NULL;
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){.c = &c, .number = i};
		assert_int_equal(
		    pthread_create(&workers[i].thread, NULL, work, &workers[i]),
		    0);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		added += workers[i].added;
	}
	/* Of 100 events 10 have no record, and 10 no id: those are all kept. */
	assert_int_equal(added, 80 + ITEMS / 10);
	ledger_close(case_open(&c, NULL));
	view = case_view(&c);
	assert_int_equal(view_tree(view)->size, added + 2);
	case_verify(view);
	view_close(view);
	case_end(&c);
}

/* --- writers that do not answer --- */

static void
who_has_the_lock_and_does_not_serve_is_waited_for(void **state)
{
	struct append_options options = {.patience_ms = 100};
	struct append *append = NULL;
	struct ledger_case c;
	struct ledger *ledger;
	struct err err = {0};

	(void)state;
	case_create(&c);
	ledger = case_open(&c, NULL);
	options.ledger = c.options;
	assert_int_equal(append_open(&append, c.dir, &options, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_non_null(strstr(err.msg, "another process writes"));
	ledger_close(ledger);
	if (append_open(&append, c.dir, &options, &err))
		fail_msg("%s", err.msg);
	append_close(append);
	case_end(&c);
}

static void
who_listens_and_says_nothing_is_given_up(void **state)
{
	struct append_options options = {.patience_ms = 100};
	struct append *append = NULL;
	struct ledger_case c;
	struct ledger *ledger;
	struct err err = {0};
	char room[64];
	int fd, client;
	pid_t child;

	(void)state;
	case_create(&c);
	ledger = case_open(&c, NULL);
	options.ledger = c.options;
	assert_int_equal(control_listen(c.dir, &fd, &err), 0);
	assert_int_equal(append_open(&append, c.dir, &options, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_non_null(strstr(err.msg, "does not answer"));
	/* Or something that makes no sense. */
	child = fork();
	for (int i = 0; !child && i < 60000; i++) {
		struct timespec tick = {.tv_nsec = 1000000};

		nanosleep(&tick, NULL);
		client = accept(fd, NULL, NULL);
		if (client >= 0 && recv(client, room, 16, 0) > 0)
			send(client, "HTTP/1.1 400 Bad", 16, MSG_NOSIGNAL);
	}
	if (!child)
		_exit(0);
	options.patience_ms = 5000;
	assert_int_equal(append_open(&append, c.dir, &options, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(fd);
	ledger_close(ledger);
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_writer_adds),
	    cmocka_unit_test(through_the_writer_it_is_the_same),
	    cmocka_unit_test(who_loses_the_writer_becomes_it),
	    cmocka_unit_test(much_goes_in_several_requests),
	    cmocka_unit_test(the_longest_record_goes_through),
	    cmocka_unit_test(several_share_a_delivery),
	    cmocka_unit_test(who_has_the_lock_and_does_not_serve_is_waited_for),
	    cmocka_unit_test(who_listens_and_says_nothing_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
