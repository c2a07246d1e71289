#ifndef EVENT_READ_H
#define EVENT_READ_H

#include "event/event.h"

/*
 * read - what the readers share.  A reader is
 *	void read_x(const struct record *record, struct event *event)
 * with event zeroed but for its kind, time_us = EVENT_NO_TIME.  It sets the
 * family only where the id really identifies the event.
 */

/*
 * The version of what readers make of records.  It grows whenever a column of
 * some record would come out otherwise: segments name the one that theirs are
 * of, and are made again by another.
 */
#define EVENT_READERS 1

void read_signin(const struct record *record, struct event *event);
void read_entra_audit(const struct record *record, struct event *event);
void read_entra_risk(const struct record *record, struct event *event);
void read_graph_activity(const struct record *record, struct event *event);
void read_message_trace(const struct record *record, struct event *event);
void read_google(const struct record *record, struct event *event);
void read_okta(const struct record *record, struct event *event);
void read_github(const struct record *record, struct event *event);
/* Of the portal's download; called by the readers of the kind. */
void read_portal_signin(const struct record *record, struct event *event);
void read_portal_audit(const struct record *record, struct event *event);
void read_unknown(const struct record *record, struct event *event);

/* As event_items(). */
size_t
items_google(const struct record *record, const struct event_item **items);
size_t items_message_trace(
    const struct record *record, const struct event_item **items);

/* The audit log's reader is in event/read_o365.h. */

/*
 * What a sign-in's error number means, in every log that has it: 0 let someone
 * in; every other did not, also the interrupts (50140 keep me signed in,
 * 50058, 50074, 50076, 50097, 50199, …), because a sign-in that goes on after
 * one is told again, as another record.  What is no number says nothing.
 */
enum event_outcome read_signin_outcome(struct slice code);

/*
 * The same, for the shapes that sit in a diagnostic-settings envelope
 * (Event Hub: lower-case names outside, `properties` inside) or in Log
 * Analytics' columns: the first of the alternatives that is there and neither
 * null nor an empty string.  Names are separated by '|', levels by '/':
 *	read_any(record, root, "properties/userPrincipalName|UserPrincipalName")
 * `paths` must be a string literal, see event/read_path.h.
 */
struct json
read_any(const struct record *record, struct json root, const char *paths);

/* read_any(), as text that lives as long as the record. */
struct slice
read_text(const struct record *record, struct json root, const char *paths);

struct keys;

/* The root's members with names that we know (event/keys.h). */
void read_keys(const struct record *record, struct keys *keys);

/* v as text that lives as long as the record; empty if it is no scalar. */
struct slice read_scalar(const struct record *record, struct json v);

/* Sets *time_us from v (a string or a number) if it is a time. */
void read_time(struct json v, int64_t *time_us);

/*
 * The address in s, normalised (see base/ip.h), in the record's arena; a text
 * that is no address gives empty.
 */
struct slice read_ip(const struct record *record, struct slice s);

/*
 * v itself, or the JSON inside it if v is a string that holds an object or an
 * array.  The result is good until the next read_open() with this record.
 */
struct json read_open(const struct record *record, struct json v);

/*
 * The value of `name` in a list of {Name, Value}-like objects, in an object
 * with members of that name, or in either of them held in a string (suites
 * write all three).  `value` names the member that holds it: "Value",
 * "NewValue", "newValue", "value"; a name is compared as {Name|name|
 * displayName|key}.
 */
struct json read_named(const struct record *record, struct json list,
    const char *name, const char *value);

#endif
