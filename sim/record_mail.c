#include <stdio.h>

#include "record.h"
#include "record_mail_id.h"
#include "json/build.h"

static const struct {
	const char *name;
	const char *code; /* its place in the folder's id */
} folders[FOLDER_COUNT] = {
    [FOLDER_INBOX] = {"Inbox", "MAAA"},
    [FOLDER_SENT] = {"Sent Items", "JAAA"},
    [FOLDER_DRAFTS] = {"Drafts", "PAAA"},
    [FOLDER_DELETED] = {"Deleted Items", "KAAA"},
    [FOLDER_ARCHIVE] = {"Archive", "SAAA"},
    [FOLDER_PROJECTS] = {"Inbox\\Projects", "aAAB"},
    [FOLDER_RSS] = {"RSS Feeds", "eAAB"},
    [FOLDER_RECOVERABLE] = {"Recoverable Items\\Deletions", "UAAA"},
};

static const char *const subjects[] = {
    "Re: Minutes of Tuesday's meeting",
    "Timesheet for week 41",
    "FW: Offer for the new warehouse",
    "Re: Holiday plans in December",
    "Quarterly figures, draft 3",
    "Agenda for the project review",
    "Re: Re: Delivery date for order 48211",
    "Onboarding checklist",
    "Question about the travel policy",
    "Signed contract attached",
    "Weekly status: customer portal",
    "Invoice 2026-10417",
    "Re: Access to the shared folder",
    "Lunch on Thursday?",
    "Maintenance window on Saturday night",
    "Updated price list",
    "Feedback on the presentation",
    "Re: Candidate interviews",
    "Budget 2027: first numbers",
    "Shipment delayed at customs",
    "Reminder: security training due",
    "Notes from the customer visit",
};

static const char *const attachments[] = {
    "image001.png (5120b); image002.png (9218b); minutes-2026-10.docx "
    "(28411b)",
    "figures-q3.xlsx (88214b); figures-q3-comments.docx (31022b)",
    "logo.png (2281b); signature.png (4411b); offer-48211.pdf (184220b); "
    "terms-and-conditions.pdf (99120b)",
    "contract-signed.pdf (402113b); annex-a.pdf (120443b); annex-b.pdf "
    "(98110b); annex-c.xlsx (44120b)",
};

/* --- ids that a mailbox gives out --- */

static void
set_mailbox(struct gen *gen, const struct person *mailbox)
{
	gen_fact(gen, "mailbox", slice_cstr(mailbox->upn));
	gen_set(gen, F_MBX, mailbox->mailbox);
	gen_set(gen, F_MUPN, mailbox->upn);
	gen_set(gen, F_MSID, mailbox->sid);
	gen_setf(gen, F_SERVER, "AM0PR04MB%04u (15.20.9%03u.0%02u)",
	    (unsigned)(mailbox->seed % 10000),
	    200 + (unsigned)(gen->now_us / INT64_C(604800000000) % 90),
	    rng_range(&gen->rng, 10, 32));
	gen_set(gen, F_RESULT, "Succeeded");
}

static void
folder_id(struct gen *gen, enum field field, const struct person *mailbox,
    enum mail_folder folder)
{
	struct rng rng = {mailbox->seed};
	char a[23], b[23];

	text_base64(a, 22, &rng);
	text_base64(b, 22, &rng);
	gen_setf(
	    gen, field, "LgAAAA%sAQ%sAAAAAAE%sAB", a, b, folders[folder].code);
}

static void
item_id(struct gen *gen, const struct person *mailbox, enum mail_folder folder)
{
	struct rng rng = {mailbox->seed};
	char a[23], b[23];

	text_base64(a, 22, &rng);
	text_base64(b, 22, &rng);
	gen_setf(gen, F_ITEMID, "RgAAAA%sBw%sAAAAAAE%s%sAA%sAAAJ", a, b,
	    folders[folder].code, b, gen_base64(gen, 6));
}

static void
set_item(struct gen *gen, const struct person *mailbox, enum mail_folder folder,
    const char *subject)
{
	char id[MAIL_MESSAGE_ID];

	mail_any_id(&gen->rng, id);
	item_id(gen, mailbox, folder);
	folder_id(gen, F_FOLDERID, mailbox, folder);
	gen_set(gen, F_FOLDER, folders[folder].name);
	gen_setf(gen, F_MSGID, "%s", id);
	gen_setf(gen, F_SIZE, "%u", rng_range(&gen->rng, 2300, 900000));
	gen_set(
	    gen, F_SUBJECT, subject ? subject : RNG_PICK(&gen->rng, subjects));
}

/* The messages that the truth lists under that key. */
static void
begin_list(struct gen *gen, const char *key)
{
	if (!gen->truth.attack)
		return;
	json_key(&gen->facts, key);
	buf_char(&gen->facts, '[');
}

static void
add_read(struct gen *gen, const char *id)
{
	if (gen->truth.attack)
		json_cstr(&gen->facts, NULL, id);
}

static void
end_list(struct gen *gen)
{
	if (gen->truth.attack)
		buf_char(&gen->facts, ']');
}

/* Most people open a message or two, some read through the inbox. */
static unsigned
messages_read(struct rng *rng)
{
	static const unsigned char shares[] = {
	    1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 7, 9, 10, 10, 11};

	return RNG_PICK(rng, shares);
}

/*
 * The folder with the messages that were opened in it; with_ids: with the
 * store's as well, as later logs have them.
 */
static void
set_folders(struct gen *gen, const struct person *mailbox,
    const struct mail_items *items, bool with_ids)
{
	enum mail_folder folder = items->folder;
	unsigned messages =
	    items->messages ? items->messages : messages_read(&gen->rng);
	struct buf *out = &gen->out; /* free until gen_emit() */
	char id[MAIL_MESSAGE_ID], store[MAIL_STORE_ID];

	buf_clear(out);
	folder_id(gen, F_FOLDERID, mailbox, folder);
	buf_str(out, "{\"FolderItems\":[");
	begin_list(gen, "read");
	for (unsigned i = 0; i < messages; i++) {
		if (items->first)
			mail_message_id(mailbox, folder, items->first + i, id);
		else
			mail_any_id(&gen->rng, id);
		buf_printf(
		    out, "%s{\"InternetMessageId\":\"%s\"", i ? "," : "", id);
		if (with_ids) {
			mail_store_id(mailbox, id, false, store);
			buf_printf(out, ",\"Id\":\"%s\"", store);
		}
		buf_char(out, '}');
		add_read(gen, id);
	}
	end_list(gen);
	buf_printf(out, "],\"Id\":\"" SLICE_FMT "\",\"Path\":\"\\\\%s\"}",
	    SLICE_ARG(gen->v[F_FOLDERID]),
	    folder == FOLDER_PROJECTS ? "Inbox\\\\Projects"
	                              : folders[folder].name);
	gen_set_copy(gen, F_FOLDERS, buf_slice(out));
	gen_setf(gen, F_COUNT, "%u", messages);
}

/* The folder with the messages whose attachments were opened. */
static void
set_attached(struct gen *gen, const struct person *mailbox,
    const struct mail_items *items)
{
	struct buf *out = &gen->out; /* free until gen_emit() */

	buf_clear(out);
	folder_id(gen, F_FOLDERID, mailbox, items->folder);
	buf_printf(out, "{\"Id\":\"" SLICE_FMT "\",\"MessageItems\":[",
	    SLICE_ARG(gen->v[F_FOLDERID]));
	begin_list(gen, "attachment");
	for (unsigned i = 0; i < items->messages; i++) {
		item_id(gen, mailbox, items->folder);
		buf_printf(out,
		    "%s{\"Id\":\"" SLICE_FMT "\",\"SizeInBytes\":%u}",
		    i > 0 ? "," : "", SLICE_ARG(gen->v[F_ITEMID]),
		    rng_range(&gen->rng, 9000, 900000));
		if (gen->truth.attack)
			json_text(&gen->facts, NULL, gen->v[F_ITEMID]);
	}
	end_list(gen);
	buf_printf(out, "],\"Path\":\"\\\\%s\"}", folders[items->folder].name);
	gen_set_copy(gen, F_FOLDERS, buf_slice(out));
	gen_setf(gen, F_COUNT, "%u", items->messages);
}

/* --- records --- */

static void
begin(struct gen *gen, const struct who *who, const struct person *mailbox)
{
	gen_begin(gen);
	gen_who(gen, who);
	set_mailbox(gen, mailbox);
	gen_set(gen, F_LOGON, mailbox != who->person ? "2" : "0");
	gen_set(gen, F_EXTERNAL, "false");
	gen_set(gen, F_APP, "00000002-0000-0ff1-ce00-000000000000");
	gen_setf(gen, F_CIP, "\"ClientIP\":\"%s\",", who->ip);
	if (rng_percent(&gen->rng, 60))
		gen_set(gen, F_CLIENT, "Client=OWA;Action=ViaProxy");
	else
		gen_setf(gen, F_CLIENT, "Client=OWA;%s;",
		    browsers[who->browser].agent);
}

#define EWS_CLIENT "Client=WebServices;ExchangeServicesClient/15.00.0913.015"

void
mail_bind(struct gen *gen, const struct mail_read *read)
{
	const struct person *mailbox =
	    read->mailbox ? read->mailbox : read->who->person;
	static const char mobile[] = "27922004-5251-4030-b22d-91ecd9a37ea4";
	char ip[46];

	/* what an intruder reads then is in the truth */
	if (!gen->truth.attack && gen_is_silent(gen, mailbox->upn))
		return;
	begin(gen, read->who, mailbox);
	gen_set(gen, F_ACCESS, "Bind");
	gen_set(gen, F_THROTTLED, read->items.throttled ? "True" : "False");
	set_folders(gen, mailbox, &read->items, read->client_app && !read->ews);
	if (read->items.unseen) {
		gen_unseen(gen, "MailItemsAccessed", read->items.unseen);
		return;
	}
	if (read->client == CLIENT_MOBILE) {
		gen_set(gen, F_CLIENT, "Client=REST;;");
		gen_set(gen, F_APP, mobile);
		gen_set(gen, F_CLIENTAPP, mobile);
	} else if (read->client == CLIENT_BACKGROUND) {
		/* the service itself, on the person's behalf */
		snprintf(ip, sizeof(ip), "2603:10a6:%x:%x::%x",
		    rng_range(&gen->rng, 0x100, 0x8ff),
		    rng_range(&gen->rng, 0x10, 0x1ff),
		    rng_range(&gen->rng, 1, 0x3f));
		gen_setf(gen, F_IP, "%s", ip);
		gen_set(gen, F_CTX, "");
		gen_set(gen, F_CLIENT, "Client=REST;Client=RESTSystem;;");
		gen_set(gen, F_APP, "8a18aa92-0a1e-4e06-abd0-e118fa4787b1");
		gen_set(
		    gen, F_CLIENTAPP, "3c8e478f-21ca-493a-b87c-c7366d664d54");
	}
	if (read->app)
		gen_set(gen, F_APP, read->app);
	if (read->client_app)
		gen_set(gen, F_CLIENTAPP, read->client_app);
	if (read->ews) {
		gen_set(gen, F_APP, read->client_app);
		gen_setf(
		    gen, F_CLIENT, EWS_CLIENT "[AppId=%s];", read->client_app);
	}
	gen_emit(gen, read->client == CLIENT_WEB && !read->client_app
	                  ? SHAPE_BIND_WEB
	                  : SHAPE_BIND_REST);
}

void
mail_bind_by_app(struct gen *gen, const struct mail_app_read *read)
{
	const char *graph = "00000003-0000-0000-c000-000000000000";
	struct mail_items items = read->items;
	char uti[APP_TOKEN_MAX];

	if (!gen->truth.attack && gen_is_silent(gen, read->mailbox->upn))
		return;
	gen_begin(gen);
	set_mailbox(gen, read->mailbox);
	app_token(uti, read->app, read->ip);
	gen_set(gen, F_UTYPE, "5");
	gen_set(gen, F_UKEY, read->app->app.id);
	gen_set(gen, F_USERID, read->mailbox->upn);
	gen_set(gen, F_IP, read->ip);
	gen_set(gen, F_CLIENTAPP, read->app->app.id);
	gen_set(gen, F_APP, read->ews ? read->app->app.id : graph);
	if (read->ews)
		gen_setf(
		    gen, F_CLIENT, EWS_CLIENT "[AppId=%s];", read->app->app.id);
	else
		gen_setf(gen, F_CLIENT,
		    "Client=REST;UserAgent=[NoUserAgent][AppId=%s];",
		    read->app->app.id);
	gen_setf(gen, F_CTX,
	    "\"AppAccessContext\":{\"APIId\":\"%s\",\"ClientAppId\":\"%s\","
	    "\"IssuedAtTime\":\"" SLICE_FMT "\",\"UniqueTokenId\":\"%s\"},",
	    read->ews ? "00000002-0000-0ff1-ce00-000000000000" : graph,
	    read->app->app.id, SLICE_ARG(gen->v[F_TIME]), uti);
	gen_set(gen, F_ACCESS, "Bind");
	gen_set(gen, F_THROTTLED, items.throttled ? "True" : "False");
	if (items.first == 0 && rng_percent(&gen->rng, 25))
		items.folder = FOLDER_SENT;
	if (read->attachments) {
		set_attached(gen, read->mailbox, &items);
		gen_emit(gen, SHAPE_ATTACHMENT_APP);
		return;
	}
	set_folders(gen, read->mailbox, &items, !read->ews);
	if (items.unseen)
		gen_unseen(gen, "MailItemsAccessed", items.unseen);
	else
		gen_emit(gen, SHAPE_BIND_APP);
}

void
mail_sync(struct gen *gen, const struct who *who, enum mail_folder folder)
{
	begin(gen, who, who->person);
	gen_set(gen, F_ACCESS, "Sync");
	gen_set(gen, F_THROTTLED, "False");
	gen_set(gen, F_CLIENT, "Client=MSExchangeRPC");
	folder_id(gen, F_FOLDERID, who->person, folder);
	gen_set(gen, F_FOLDER, folders[folder].name);
	gen_fact(gen, "folder", gen->v[F_FOLDER]);
	gen_emit(gen, SHAPE_SYNC);
}

/* Some messages have something attached. */
static void
set_attachments(struct gen *gen, unsigned percent)
{
	gen_set(gen, F_ITEMS, "");
	if (rng_percent(&gen->rng, percent))
		gen_setf(gen, F_ITEMS, "\"Attachments\":\"%s\",",
		    RNG_PICK(&gen->rng, attachments));
}

void
mail_send(struct gen *gen, const struct who *who, const char *subject)
{
	begin(gen, who, who->person);
	set_attachments(gen, 15);
	set_item(gen, who->person, FOLDER_DRAFTS, subject);
	gen_fact(gen, "sent", gen->v[F_MSGID]);
	gen_emit(gen, SHAPE_SEND);
}

void
mail_create(struct gen *gen, const struct who *who)
{
	begin(gen, who, who->person);
	set_attachments(gen, 95);
	set_item(gen, who->person, FOLDER_DRAFTS, NULL);
	gen_emit(gen, SHAPE_CREATE);
}

void
mail_update(struct gen *gen, const struct who *who)
{
	begin(gen, who, who->person);
	set_attachments(gen, 100);
	set_item(gen, who->person, FOLDER_INBOX, NULL);
	gen_emit(gen, SHAPE_UPDATE);
}

void
mail_search(struct gen *gen, const struct who *who, const char *query)
{
	begin(gen, who, who->person);
	gen_set(gen, F_QUERY, query);
	gen_fact(gen, "search", gen->v[F_QUERY]);
	gen_emit(gen, SHAPE_MAIL_SEARCH);
}

void
mail_folder_rights(struct gen *gen, const struct who *who)
{
	static const char *const calendars[] = {"Norway holidays",
	    "United Kingdom holidays", "Team absences", "Birthdays"};

	begin(gen, who, who->person);
	folder_id(gen, F_FOLDERID, who->person, FOLDER_PROJECTS);
	gen_set(gen, F_FOLDER, RNG_PICK(&gen->rng, calendars));
	gen_set(gen, F_DATA, "FreeBusySimple");
	gen_set(gen, F_TARGET, "Everyone");
	gen_emit(gen, SHAPE_FOLDER_RIGHTS);
}

void
mail_delete(struct gen *gen, const struct who *who, enum mail_delete how,
    const char *subject)
{
	static const enum shape deeds[] = {
	    [DELETE_MOVE] = SHAPE_MOVE_DELETED,
	    [DELETE_SOFT] = SHAPE_SOFT_DELETE,
	    [DELETE_HARD] = SHAPE_HARD_DELETE,
	};
	static const enum mail_folder from[] = {
	    [DELETE_MOVE] = FOLDER_INBOX,
	    [DELETE_SOFT] = FOLDER_DELETED,
	    [DELETE_HARD] = FOLDER_RECOVERABLE,
	};

	begin(gen, who, who->person);
	set_item(gen, who->person, from[how], subject);
	gen_fact(gen, "deleted", gen->v[F_MSGID]);
	gen_set(gen, F_DEST, folders[FOLDER_DELETED].name);
	folder_id(gen, F_DESTID, who->person, FOLDER_DELETED);
	if (how == DELETE_HARD)
		gen_set(gen, F_FOLDER, "Recoverable Items\\Deletions");
	gen_setf(gen, F_ITEMS,
	    "{\"Id\":\"" SLICE_FMT "\",\"InternetMessageId\":\"" SLICE_FMT
	    "\",\"ParentFolder\":{\"Id\":\"" SLICE_FMT
	    "\",\"Path\":\"\\\\%s\"},"
	    "\"Subject\":\"%s\"}",
	    SLICE_ARG(gen->v[F_ITEMID]), SLICE_ARG(gen->v[F_MSGID]),
	    SLICE_ARG(gen->v[F_FOLDERID]),
	    how == DELETE_HARD ? "Recoverable Items\\\\Deletions"
	                       : folders[from[how]].name,
	    subject ? subject : RNG_PICK(&gen->rng, subjects));
	gen_emit(gen, deeds[how]);
}
