#include "ledger/append.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/alloc.h"
#include "ledger/append_remote.h"
#include "ledger/control.h"
#include "ledger/control_socket.h"

#define AGAIN_MS  10   /* between two looks for a writer */
#define IDLE_MS   250  /* after which what waits is committed and signed for */
#define TAKING_MS 1000 /* from an item to the next, or to the end */
#define LOST_MAX  100  /* writers that went away with one request */
/* Of a request that carries more than one item. */
#define TAKE_BYTES LEDGER_COMMIT_BYTES

/* Either the ledger is ours, or there is a remote, or there was a failure. */
struct append {
	char *dir, *key, *state; /* owned */
	struct append_options options;
	struct remote *remote;
	/* As the writer.  The lock is for the ledger, if there is a thread. */
	struct ledger *ledger;
	struct control *control;
	pthread_t thread;
	pthread_mutex_t lock;
	atomic_bool stop;
	int64_t taken_ms; /* when an item was taken; 0: its delivery ended */
	uint64_t cut_bytes;
	struct err unserved;
	struct buf items; /* of a request */
};

uint64_t
append_cut_bytes(const struct append *append)
{
	return append->cut_bytes;
}

const struct err *
append_unserved(const struct append *append)
{
	return &append->unserved;
}

/* --- being the writer --- */

/*
 * Whether our caller is about to end a delivery: what was taken of it is best
 * made durable together with its end, which says what came of it.
 */
static bool
is_taking(const struct append *append)
{
	return append->taken_ms &&
	       control_now_ms() - append->taken_ms < TAKING_MS;
}

/* A failure is the ledger's to remember: our caller is told, too. */
static void *
serve(void *arg)
{
	struct append *append = arg;

	while (!atomic_load(&append->stop)) {
		bool asked = control_wait(append->control, IDLE_MS);

		pthread_mutex_lock(&append->lock);
		if (asked || !is_taking(append))
			control_serve(append->control, NULL);
		pthread_mutex_unlock(&append->lock);
	}
	return NULL;
}

/* Where there can be no socket, others cannot write, but we can. */
static void
start_serving(struct append *append)
{
	struct err *why = &append->unserved;

	if (control_open(&append->control, append->dir, append->ledger, why))
		return;
	if (!pthread_create(&append->thread, NULL, serve, append))
		return;
	err_set(why, ERR_SYSTEM, "cannot start a thread");
	control_close(append->control);
	append->control = NULL;
}

static int
become_writer(struct append *append, struct err *err)
{
	struct ledger_found found;

	if (ledger_open(&append->ledger, append->dir, &append->options.ledger,
	        &found, err))
		return -1;
	append->cut_bytes += found.cut_bytes;
	if (append->options.serve)
		start_serving(append);
	return 0;
}

static void
stop_writing(struct append *append)
{
	if (append->control) {
		atomic_store(&append->stop, true);
		control_wake(append->control);
		pthread_join(append->thread, NULL);
		control_close(append->control);
	}
	/* What is durable; it is signed for when it is opened, at the latest.
	 */
	if (append->ledger)
		ledger_checkpoint(append->ledger, NULL);
	ledger_close(append->ledger);
}

/* --- finding one --- */

static int
try_open(struct append *append, struct err *err)
{
	if (remote_open(
	        &append->remote, append->dir, append->options.patience_ms, err))
		return -1;
	return append->remote ? 0 : become_writer(append, err);
}

/*
 * Between two writers, and while one opens the ledger, there is a lock and
 * nobody who listens.
 */
static int
find_writer(struct append *append, struct err *err)
{
	const struct timespec again = {.tv_nsec = AGAIN_MS * 1000000L};
	int64_t until_ms = control_now_ms() + append->options.patience_ms;
	struct err why = {0};

	while (try_open(append, &why)) {
		if (why.code != ERR_LIMIT || control_now_ms() >= until_ms)
			return err_set(err, why.code, "%s", why.msg);
		nanosleep(&again, NULL);
	}
	return 0;
}

int
append_open(struct append **out, const char *dir,
    const struct append_options *options, struct err *err)
{
	struct append *append = xcalloc(1, sizeof(*append));
	const struct ledger_options *ledger = &options->ledger;

	append->dir = xstrdup(dir);
	append->key = xstrdup(ledger->key);
	append->state = xstrdup(ledger->state);
	append->options = *options;
	append->options.ledger.key = append->key;
	append->options.ledger.state = append->state;
	pthread_mutex_init(&append->lock, NULL);
	if (find_writer(append, err)) {
		append_close(append);
		return -1;
	}
	*out = append;
	return 0;
}

void
append_close(struct append *append)
{
	if (!append)
		return;
	stop_writing(append);
	remote_close(append->remote);
	pthread_mutex_destroy(&append->lock);
	buf_release(&append->items);
	free(append->dir);
	free(append->key);
	free(append->state);
	free(append);
}

/* --- asking --- */

/* What our caller is to find durable is committed at once. */
static void
do_here(struct append *append, const struct control_request *request,
    struct control_answer *answer)
{
	enum control_settle how = control_settle_for(request->verb);
	struct ledger *ledger = append->ledger;

	pthread_mutex_lock(&append->lock);
	control_apply(ledger, request, answer);
	if (request->verb == CONTROL_TAKE)
		append->taken_ms = control_now_ms();
	else if (request->verb == CONTROL_END)
		append->taken_ms = 0;
	if (!answer->err.code &&
	    (how != SETTLE_COMMIT ||
	        (request->verb == CONTROL_OWN && !request->soon)))
		control_settle(ledger, how, &answer->err);
	if (how != SETTLE_COMMIT)
		answer->number = ledger_size(ledger);
	pthread_mutex_unlock(&append->lock);
}

/* What the writer would refuse without a word: it would be too long. */
static int
check_length(struct slice raw, struct err *err)
{
	if (raw.len <= FRAME_RAW_MAX)
		return 0;
	return err_set(err, ERR_LIMIT, "a record of %zu bytes, more than %u",
	    raw.len, FRAME_RAW_MAX);
}

static int
ask_remote(struct append *append, const struct control_request *request,
    struct control_answer *answer, struct err *err)
{
	enum remote_end end;

	if (check_length(request->raw, err))
		return -1;
	for (unsigned lost = 0; !append->ledger; lost++) {
		end = append->remote
		          ? remote_ask(append->remote, request, answer, err)
		          : REMOTE_LOST;
		if (end == REMOTE_DONE)
			return 0;
		remote_close(append->remote);
		append->remote = NULL;
		if (end == REMOTE_FAILED)
			return -1;
		if (lost == LOST_MAX)
			return err_set(err, ERR_LIMIT,
			    "the processes that write to the ledger '%s' go "
			    "away",
			    append->dir);
		if (find_writer(append, err))
			return -1;
	}
	do_here(append, request, answer);
	return 0;
}

static int
ask(struct append *append, const struct control_request *request,
    struct control_answer *answer, struct err *err)
{
	if (append->ledger)
		do_here(append, request, answer);
	else if (ask_remote(append, request, answer, err))
		return -1;
	if (!answer->err.code)
		return 0;
	return err_set(err, answer->err.code, "%s", answer->err.msg);
}

/* --- what can be asked --- */

int
append_find(struct append *append, const unsigned char name[16], bool *found,
    struct ledger_delivery *delivery, struct err *err)
{
	const struct control_request request = {
	    .verb = CONTROL_FIND, .name = name};
	struct control_answer answer = {0};

	if (ask(append, &request, &answer, err))
		return -1;
	*found = answer.found;
	*delivery = answer.delivery;
	return 0;
}

int
append_begin(struct append *append, const struct append_delivery *of,
    struct ledger_delivery *delivery, struct err *err)
{
	const struct control_request request = {.verb = CONTROL_BEGIN,
	    .name = of->name,
	    .tenant = of->tenant,
	    .raw = of->raw};
	struct control_answer answer = {0};

	if (ask(append, &request, &answer, err))
		return -1;
	*delivery = answer.delivery;
	return 0;
}

int
append_end(
    struct append *append, const struct append_delivery *of, struct err *err)
{
	const struct control_request request = {.verb = CONTROL_END,
	    .name = of->name,
	    .tenant = of->tenant,
	    .raw = of->raw};
	struct control_answer answer = {0};

	if (ask(append, &request, &answer, err))
		return -1;
	if (of->index)
		*of->index = answer.number;
	return 0;
}

static int
add_own(struct append *append, const struct ledger_own *own, bool soon,
    uint64_t *index, struct err *err)
{
	unsigned char key[16];
	const struct control_request request = {.verb = CONTROL_OWN,
	    .name = own->key ? own->key : key,
	    .stream = own->stream,
	    .soon = soon,
	    .tenant = own->tenant,
	    .raw = own->raw};
	struct control_answer answer = {0};

	if (!own->key && getrandom(key, sizeof(key), 0) != sizeof(key))
		return err_sys(err, "no random bytes");
	if (ask(append, &request, &answer, err))
		return -1;
	*index = answer.number;
	return 0;
}

int
append_own(struct append *append, const struct ledger_own *own, uint64_t *index,
    struct err *err)
{
	return add_own(append, own, false, index, err);
}

int
append_note(struct append *append, const struct ledger_own *own,
    uint64_t *index, struct err *err)
{
	return add_own(append, own, true, index, err);
}

static int
ask_number(struct append *append, enum control_verb verb, uint64_t *number,
    struct err *err)
{
	const struct control_request request = {.verb = verb};
	struct control_answer answer = {0};

	if (ask(append, &request, &answer, err))
		return -1;
	*number = answer.number;
	return 0;
}

int
append_sign(struct append *append, struct err *err)
{
	uint64_t size;

	return ask_number(append, CONTROL_SIGN, &size, err);
}

int
append_commit(struct append *append, struct err *err)
{
	int status;

	if (!append->ledger)
		return append_sign(append, err);
	pthread_mutex_lock(&append->lock);
	status = ledger_commit(append->ledger, err);
	pthread_mutex_unlock(&append->lock);
	return status;
}

int
append_roll(struct append *append, uint64_t *size, struct err *err)
{
	return ask_number(append, CONTROL_ROLL, size, err);
}

int
append_size(struct append *append, uint64_t *size, struct err *err)
{
	return ask_number(append, CONTROL_SIZE, size, err);
}

uint64_t
append_own_last(struct append *append, struct slice stream)
{
	uint64_t last;

	if (!append->ledger)
		return 0;
	pthread_mutex_lock(&append->lock);
	last = ledger_own_last(append->ledger, stream);
	pthread_mutex_unlock(&append->lock);
	return last;
}

/* --- taking --- */

/*
 * Puts the items from `at` on into a request, as many as it may have, and one
 * at least.
 */
static int
fill(struct append *append, const struct append_batch *batch, size_t at,
    struct control_request *request, struct err *err)
{
	struct buf *items = &append->items;
	size_t n = 0;

	buf_clear(items);
	while (at + n < batch->count && n < CONTROL_ITEMS_MAX) {
		const struct append_item *item = &batch->items[at + n];

		if (n && items->len + item->raw.len > TAKE_BYTES)
			break;
		if (check_length(item->raw, err))
			return -1;
		control_item_add(items, item);
		n++;
	}
	request->first = batch->first + at;
	request->count = n;
	request->items = buf_slice(items);
	return 0;
}

/* Where the items were added, from their verdicts and the first place. */
static void
place(uint64_t *indexes, const unsigned char *verdicts, size_t count,
    uint64_t next)
{
	for (size_t i = 0; i < count; i++) {
		bool added = verdicts[i] == APPEND_NEW ||
		             verdicts[i] == APPEND_TELLING ||
		             verdicts[i] == APPEND_CONFLICT;

		indexes[i] = added ? next++ : APPEND_NOWHERE;
	}
}

int
append_take(struct append *append, const struct append_batch *batch,
    unsigned char *verdicts, struct err *err)
{
	struct control_request request = {
	    .verb = CONTROL_TAKE, .name = batch->name};
	struct control_answer answer = {0};
	size_t done = 0;

	while (done < batch->count) {
		/* We may have become the writer with the last request. */
		if (append->ledger) {
			request.first = batch->first + done;
			request.list = batch->items + done;
			request.count = batch->count - done;
		} else if (fill(append, batch, done, &request, err)) {
			return -1;
		}
		answer.verdicts = verdicts + done;
		if (ask(append, &request, &answer, err))
			return -1;
		if (batch->indexes)
			place(batch->indexes + done, answer.verdicts,
			    request.count, answer.number);
		done += request.count;
	}
	return 0;
}
