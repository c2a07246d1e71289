#ifndef DUCK_CASE_H
#define DUCK_CASE_H

#include "duck.h"
#include "ledger_case.h"
#include "ledger_fill.h"

/*
 * duck_case - a ledger whose records have something in every column.
 */
#define DUCK_RECORDS 400 /* besides the delivery's */
#define DUCK_BIG     7   /* the record with very many items */

struct duck_case {
	struct ledger_case ledger;
	struct view *view;
	struct duck duck;
	uint64_t size;
};

static inline void
duck_sign_in(struct buf *raw, unsigned i)
{
	buf_printf(raw,
	    "{\"id\":\"signin-%u\",\"createdDateTime\":\"2026-10-0%uT12:00:0%uZ"
	    "\",\"userPrincipalName\":\"person%u@contoso.example\",\"userId\":"
	    "\"user-id-that-is-long-%u\",\"appId\":\"app-%u\","
	    "\"appDisplayName\":\"An application with a name\","
	    "\"ipAddress\":\"2001:db8::%u\",\"correlationId\":\"c\","
	    "\"conditionalAccessStatus\":\"success\",\"status\":"
	    "{\"errorCode\":0}}",
	    i, 1 + i % 9, i % 10, i % 5, i % 5, i % 3, i % 50);
}

static inline void
duck_audit(struct buf *raw, unsigned i)
{
	unsigned items = i == DUCK_BIG ? 3000 : i % 4;

	buf_str(raw, "{");
	if (i % 10)
		buf_printf(raw, "\"CreationTime\":\"2026-10-0%uT10:%02u:00\",",
		    1 + i % 9, i % 60);
	if (i % 11)
		buf_printf(
		    raw, "\"UserId\":\"person%u@contoso.example\",", i % 7);
	if (i % 3)
		buf_printf(
		    raw, "\"MailboxOwnerUPN\":\"box%u@b.example\",", i % 5);
	buf_printf(raw,
	    "\"Id\":\"%08u-1111-2222-3333-444455556666\",\"RecordType\":50,"
	    "\"Operation\":\"MailItems%s\",\"Workload\":\"Exchange\","
	    "\"OrganizationId\":\"contoso\",\"ClientIPAddress\":\"192.0.2.%u\","
	    "\"ClientInfoString\":\"Client=OWA;Action=ViaProxy %u\","
	    "\"Folders\":[{\"Path\":\"\\\\Inbox\",\"FolderItems\":[",
	    i, i % 13 ? "Accessed" : "\xff\xfe broken", i % 200, i % 4);
	for (unsigned j = 0; j < items; j++)
		buf_printf(raw,
		    "%s{\"InternetMessageId\":\"<message-%u-%u@b.example>\","
		    "\"Subject\":\"%s\",\"SizeInBytes\":%u}",
		    j ? "," : "", i, j, j % 3 ? "" : "A subject, \xe9", j * 7);
	buf_str(raw, "]}]}");
}

static inline void
duck_raw(struct buf *raw, unsigned i)
{
	buf_clear(raw);
	if (i % 17 == 16)
		buf_str(raw, "{\"broken");
	else if (i % 5 == 4)
		duck_sign_in(raw, i);
	else
		duck_audit(raw, i);
}

static inline void
duck_fill(struct ledger_case *c)
{
	struct ledger *ledger = case_open(c, NULL);
	uint64_t delivery = case_delivery(ledger, 1), index;
	struct buf raw = {0};
	struct err err = {0};

	for (unsigned i = 1; i <= DUCK_RECORDS; i++) {
		struct ledger_add add = {.source = SLICE("o365/Exchange"),
		    .tenant = SLICE("contoso"),
		    .available_us = LEAF_NO_TIME,
		    .delivery = delivery};

		duck_raw(&raw, i);
		add.raw = buf_slice(&raw);
		if (ledger_add(ledger, &add, &index, &err))
			fail_msg("%s", err.msg);
		assert_int_equal(index, i);
	}
	case_commit(ledger);
	case_sign(ledger);
	ledger_close(ledger);
	buf_release(&raw);
}

static inline void
duck_case_make(struct duck_case *c)
{
	struct err err = {0};

	case_create(&c->ledger);
	duck_fill(&c->ledger);
	c->view = case_view(&c->ledger);
	c->size = view_tree(c->view)->size;
	assert_int_equal(c->size, DUCK_RECORDS + 1);
	if (duck_open(&c->duck, 512, NULL, &err))
		fail_msg("%s", err.msg);
}

static inline void
duck_case_end(struct duck_case *c)
{
	duck_close(&c->duck);
	view_close(c->view);
	case_end(&c->ledger);
}

#endif
