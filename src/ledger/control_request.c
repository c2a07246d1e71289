#include "ledger/control_request.h"

#include <assert.h>

#include "base/bytes.h"

#define NAME_LEN    16
#define TOLD_LEN    sizeof(((struct identity *)NULL)->told)
#define MESSAGE_MAX (ERR_MSG_MAX - 1)

enum item_flag {
	ITEM_KEEP = 1,
	ITEM_HISTORIC = 2,
	ITEM_IDENTITY = 4,
};

/* States of a delivery in an answer. */
enum state { STATE_NONE, STATE_OPEN, STATE_CLOSED };

/* --- writing --- */

static void
add_number(struct buf *out, unsigned bytes, uint64_t number)
{
	unsigned char room[8];

	put_le(room, bytes, number);
	buf_add(out, room, bytes);
}

/* Behind its length in so many bytes. */
static void
add_text(struct buf *out, unsigned bytes, struct slice text)
{
	assert(bytes >= 4 || !(text.len >> 8 * bytes));
	add_number(out, bytes, text.len);
	buf_slice_add(out, text);
}

/* Where the length goes; end_message() fills it in. */
static size_t
begin_message(struct buf *out)
{
	add_number(out, 4, 0);
	return out->len;
}

static void
end_message(struct buf *out, size_t start)
{
	put_le((unsigned char *)out->ptr + start - 4, 4,
	    (uint64_t)out->len - start);
}

void
control_request_add(struct buf *out, const struct control_request *request)
{
	size_t start = begin_message(out);

	add_number(out, 1, request->verb);
	if (request->verb < CONTROL_SIGN)
		buf_add(out, request->name, NAME_LEN);
	switch (request->verb) {
	case CONTROL_TAKE:
		assert(!request->list);
		add_number(out, 8, request->first);
		add_number(out, 4, request->count);
		buf_slice_add(out, request->items);
		break;
	case CONTROL_OWN:
		add_text(out, 2, request->stream);
		add_text(out, 2, request->tenant);
		add_text(out, 4, request->raw);
		break;
	case CONTROL_BEGIN:
	case CONTROL_END:
		add_text(out, 2, request->tenant);
		add_text(out, 4, request->raw);
		break;
	default:
		break;
	}
	end_message(out, start);
}

void
control_item_add(struct buf *out, const struct append_item *item)
{
	unsigned flags = 0;

	if (!item->keep) {
		buf_char(out, 0);
		return;
	}
	flags |= ITEM_KEEP;
	flags |= item->historic ? ITEM_HISTORIC : 0;
	flags |= item->identity ? ITEM_IDENTITY : 0;
	add_number(out, 1, flags);
	add_text(out, 2, item->source);
	add_text(out, 2, item->tenant);
	add_number(out, 8, (uint64_t)item->available_us);
	add_number(out, 8, (uint64_t)item->since_us);
	if (item->identity) {
		buf_add(out, item->identity->id, NAME_LEN);
		buf_add(out, item->identity->told, TOLD_LEN);
	}
	add_text(out, 4, item->raw);
}

/* --- reading --- */

/* The next n bytes; NULL if there are fewer. */
static const unsigned char *
take(struct slice *rest, size_t n)
{
	const unsigned char *p = (const unsigned char *)rest->ptr;

	if (n > rest->len)
		return NULL;
	*rest = slice_skip(*rest, n);
	return p;
}

static int
take_number(struct slice *rest, unsigned bytes, uint64_t *number)
{
	const unsigned char *p = take(rest, bytes);

	if (!p)
		return -1;
	*number = get_le(p, bytes);
	return 0;
}

static int
take_text(struct slice *rest, unsigned bytes, struct slice *text)
{
	const unsigned char *p;
	uint64_t len;

	if (take_number(rest, bytes, &len))
		return -1;
	p = take(rest, (size_t)len);
	if (!p)
		return -1;
	*text = slice_of(p, (size_t)len);
	return 0;
}

int
control_item_read(
    struct slice *items, struct append_item *item, struct identity *identity)
{
	const unsigned char *p;
	uint64_t flags, available, since;

	*item = (struct append_item){0};
	if (take_number(items, 1, &flags))
		return -1;
	if (!flags)
		return 0;
	if (!(flags & ITEM_KEEP) ||
	    (flags & ~(uint64_t)(ITEM_KEEP | ITEM_HISTORIC | ITEM_IDENTITY)))
		return -1;
	item->keep = true;
	item->historic = flags & ITEM_HISTORIC;
	if (take_text(items, 2, &item->source) ||
	    take_text(items, 2, &item->tenant) ||
	    take_number(items, 8, &available) || take_number(items, 8, &since))
		return -1;
	item->available_us = (int64_t)available;
	item->since_us = (int64_t)since;
	if (flags & ITEM_IDENTITY) {
		p = take(items, NAME_LEN + TOLD_LEN);
		if (!p)
			return -1;
		memcpy(identity->id, p, NAME_LEN);
		memcpy(identity->told, p + NAME_LEN, TOLD_LEN);
		item->identity = identity;
	}
	return take_text(items, 4, &item->raw);
}

static int
take_items(struct slice *rest, struct control_request *request)
{
	struct append_item item;
	struct identity identity;
	uint64_t count;
	struct slice left;

	if (take_number(rest, 8, &request->first) ||
	    take_number(rest, 4, &count) || count > CONTROL_ITEMS_MAX ||
	    request->first > UINT64_MAX - count)
		return -1;
	request->count = (size_t)count;
	request->items = left = *rest;
	for (uint64_t i = 0; i < count; i++)
		if (control_item_read(&left, &item, &identity))
			return -1;
	*rest = left;
	return 0;
}

static int
take_parts(struct slice *rest, struct control_request *request)
{
	switch (request->verb) {
	case CONTROL_FIND:
	case CONTROL_SIGN:
	case CONTROL_SIZE:
	case CONTROL_ROLL:
		return 0;
	case CONTROL_TAKE:
		return take_items(rest, request);
	case CONTROL_OWN:
		if (take_text(rest, 2, &request->stream))
			return -1;
		break;
	case CONTROL_BEGIN:
	case CONTROL_END:
		break;
	default:
		return -1;
	}
	return take_text(rest, 2, &request->tenant) ||
	               take_text(rest, 4, &request->raw)
	           ? -1
	           : 0;
}

int
control_request_read(struct slice body, struct control_request *request)
{
	uint64_t verb;

	*request = (struct control_request){0};
	if (take_number(&body, 1, &verb) || verb < CONTROL_FIND ||
	    verb > CONTROL_VERBS)
		return -1;
	request->verb = (enum control_verb)verb;
	if (request->verb < CONTROL_SIGN) {
		request->name = take(&body, NAME_LEN);
		if (!request->name)
			return -1;
	}
	return take_parts(&body, request) || body.len ? -1 : 0;
}

/* --- answers --- */

static void
add_delivery(struct buf *out, const struct control_answer *answer)
{
	const struct ledger_delivery *of = &answer->delivery;
	enum state state = STATE_NONE;

	if (answer->found)
		state = of->closed ? STATE_CLOSED : STATE_OPEN;
	add_number(out, 1, state);
	if (!answer->found)
		return;
	add_number(out, 8, of->index);
	add_number(out, 8, of->consumed);
}

void
control_answer_add(struct buf *out, const struct control_request *request,
    const struct control_answer *answer)
{
	size_t start = begin_message(out);

	add_number(out, 1, answer->err.code);
	if (answer->err.code) {
		buf_str(out, answer->err.msg);
		end_message(out, start);
		return;
	}
	switch (request->verb) {
	case CONTROL_FIND:
	case CONTROL_BEGIN:
		add_delivery(out, answer);
		break;
	case CONTROL_TAKE:
		add_number(out, 8, answer->number);
		buf_add(out, answer->verdicts, request->count);
		break;
	case CONTROL_END:
	case CONTROL_OWN:
	case CONTROL_SIGN:
	case CONTROL_SIZE:
	case CONTROL_ROLL:
		add_number(out, 8, answer->number);
		break;
	}
	end_message(out, start);
}

static int
read_err(struct slice body, uint64_t code, struct control_answer *answer)
{
	if (code > ERR_LIMIT || body.len > MESSAGE_MAX)
		return -1;
	err_set(
	    &answer->err, (enum err_code)code, "%.*s", (int)body.len, body.ptr);
	return 0;
}

static int
read_delivery(struct slice *body, struct control_answer *answer)
{
	struct ledger_delivery *of = &answer->delivery;
	uint64_t state;

	if (take_number(body, 1, &state) || state > STATE_CLOSED)
		return -1;
	answer->found = state != STATE_NONE;
	of->closed = state == STATE_CLOSED;
	if (!answer->found)
		return 0;
	return take_number(body, 8, &of->index) ||
	               take_number(body, 8, &of->consumed)
	           ? -1
	           : 0;
}

static int
read_verdicts(struct slice *body, size_t count, unsigned char *verdicts)
{
	const unsigned char *p = take(body, count);

	for (size_t i = 0; p && i < count; i++) {
		if (p[i] > APPEND_BEFORE)
			return -1;
		verdicts[i] = p[i];
	}
	return p ? 0 : -1;
}

int
control_answer_read(struct slice body, const struct control_request *request,
    struct control_answer *answer)
{
	uint64_t code;
	int status = 0;

	if (take_number(&body, 1, &code))
		return -1;
	if (code)
		return read_err(body, code, answer);
	switch (request->verb) {
	case CONTROL_FIND:
	case CONTROL_BEGIN:
		status = read_delivery(&body, answer);
		break;
	case CONTROL_TAKE:
		status = take_number(&body, 8, &answer->number) ||
		         read_verdicts(&body, request->count, answer->verdicts);
		break;
	case CONTROL_END:
	case CONTROL_OWN:
	case CONTROL_SIGN:
	case CONTROL_SIZE:
	case CONTROL_ROLL:
		status = take_number(&body, 8, &answer->number);
		break;
	}
	return status || body.len ? -1 : 0;
}
