#ifndef EVENT_WRITE_H
#define EVENT_WRITE_H

#include "base/buf.h"
#include "event/event.h"

/*
 * write - an event as others read it.  Each adds a whole line with its line
 * end; nothing is invented: an empty column is null (JSON) or empty (CSV).
 * Items are what event_items() gave.
 */

/*
 * design.md's event columns as one JSON object: index, time, received, source,
 * tenant, id, event_id, kind, class_uid, activity, operation, outcome, ...,
 * mailbox, items.  index and received are null where there is no ledger;
 * items is null where the record names none.
 */
void event_write_json(struct buf *out, const struct event *event,
    const struct event_item *items, size_t count);

/* The same columns, items as their number. */
void
event_write_csv(struct buf *out, const struct event *event, size_t item_count);
void event_csv_header(struct buf *out);

/*
 * A whole OCSF 1.x object of the event's class; what the class has no place
 * for stands in `unmapped` under its column's name.
 */
void event_write_ocsf(struct buf *out, const struct event *event,
    const struct event_item *items, size_t count);

/* A line for people, at most `columns` (80 or more) wide. */
void
event_write_text(struct buf *out, const struct event *event, unsigned columns);

/*
 * Who or what an event is about, for people: the actor, else the app, else
 * the target; empty if the record names none of them.
 */
struct slice event_entity(const struct event *event);

/* Adds `family:id` as a JSON string; null if the event has no identity. */
void event_add_identity(struct buf *out, const struct event *event);

/*
 * Adds the members that an OCSF object shares with a finding's evidence:
 * actor, src_endpoint, api, as far as the event tells them.  `out` stands
 * inside an open object.
 */
void event_add_ocsf_actor(struct buf *out, const struct event *event);
void event_add_ocsf_source(struct buf *out, const struct event *event);
void event_add_ocsf_api(struct buf *out, const struct event *event);

#endif
