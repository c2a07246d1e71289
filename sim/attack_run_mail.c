#include "attack_run.h"

/* --- mailboxes --- */

/* One of several is drawn. */
static const struct person *
mailbox_of(struct play *play, const struct attack_deed *deed)
{
	const struct actor *actor = play_actor(play, deed, "mailbox");

	if (!actor)
		return NULL;
	return actor->people ? &actor->people[rng_below(
	                           &play->scene->rng, actor->n_people)]
	                     : &actor->person;
}

static const char *
app_id_of(struct play *play, const struct attack_deed *deed, const char *name,
    struct app_view *room)
{
	const struct item *item = play_item(play, deed, name);

	return item ? play_app_view(play, item, room)->app.id : NULL;
}

/* How it is read; `rooms` are two, for the apps. */
static struct mail_read
how_to_read(struct play *play, const struct attack_deed *deed, const char *who,
    struct app_view *rooms)
{
	return (struct mail_read){.who = play_who(play, deed, who),
	    .mailbox = mailbox_of(play, deed),
	    .client = (enum mail_client)play_word(play, deed, "client"),
	    .ews = play_word(play, deed, "through") == 1,
	    .app = app_id_of(play, deed, "resource", &rooms[0]),
	    .client_app = app_id_of(play, deed, "client-app", &rooms[1])};
}

static struct mail_app_read
how_app_reads(
    struct play *play, const struct attack_deed *deed, const char *app)
{
	const struct actor *actor = play_actor(play, deed, app);

	return (struct mail_app_read){.app = &actor->app,
	    .mailbox = mailbox_of(play, deed),
	    .ip = actor->ip,
	    .ews = play_word(play, deed, "through") == 1};
}

/* A call of Graph may name it afterwards. */
static void
remember(struct play *play, const struct person *mailbox)
{
	char id[MAIL_MESSAGE_ID];

	play->mailbox = mailbox;
	play->message = play->scene->message + 1;
	mail_message_id(mailbox, FOLDER_INBOX, play->message, id);
	mail_store_id(mailbox, id, true, play->message_id);
}

void
play_read(struct play *play, const struct attack_deed *deed)
{
	struct app_view rooms[2];
	struct mail_read read = how_to_read(play, deed, "read", rooms);

	read.items.messages = play_number(play, deed, "messages", 1);
	remember(play, read.mailbox ? read.mailbox : read.who->person);
	scene_read(play->scene, read);
}

void
play_app_read(struct play *play, const struct attack_deed *deed)
{
	struct mail_app_read read = how_app_reads(play, deed, "app-read");

	read.items.messages = play_number(play, deed, "messages", 1);
	remember(play, read.mailbox);
	scene_read_by_app(play->scene, read);
}

void
play_flood(struct play *play, const struct attack_deed *deed)
{
	struct app_view rooms[2];

	scene_flood(play->scene, how_to_read(play, deed, "flood", rooms));
}

void
play_app_flood(struct play *play, const struct attack_deed *deed)
{
	scene_flood_by_app(play->scene, how_app_reads(play, deed, "app-flood"));
}

void
play_sync(struct play *play, const struct attack_deed *deed)
{
	scene_sync(play->scene, play_who(play, deed, "sync"));
}

void
play_search(struct play *play, const struct attack_deed *deed)
{
	mail_search(play->scene->gen, play_who(play, deed, "search"),
	    play_text(play, deed, "for"));
}

void
play_send(struct play *play, const struct attack_deed *deed)
{
	mail_send(play->scene->gen, play_who(play, deed, "send"),
	    play_text(play, deed, "subject"));
}

void
play_delete(struct play *play, const struct attack_deed *deed)
{
	mail_delete(play->scene->gen, play_who(play, deed, "delete"),
	    (enum mail_delete)play_word(play, deed, "how"),
	    play_text(play, deed, "subject"));
}

/* --- Exchange --- */

void
play_cmdlet(struct play *play, const struct attack_deed *deed)
{
	const struct arg *pairs = deed_arg(deed, "parameters");
	struct parameter *parameters =
	    arena_calloc(&play->text, pairs->n / 2 + 1, sizeof(*parameters));

	for (uint32_t i = 0; i < pairs->n; i += 2)
		parameters[i / 2] = (struct parameter){pairs->items[i].text,
		    play_fill(play, pairs->items[i + 1].text)};
	exchange_admin(play->scene->gen, play_who(play, deed, "by"),
	    play_plain(play, deed, "cmdlet"), play_text(play, deed, "object"),
	    parameters);
}

void
play_alert(struct play *play, const struct attack_deed *deed)
{
	alert(play->scene->gen, &(struct alert){play_plain(play, deed, "alert"),
	                            play_plain(play, deed, "category"),
	                            play_plain(play, deed, "severity"),
	                            play_plain(play, deed, "operation"),
	                            &play_actor(play, deed, "about")->person});
}

/* --- files --- */

/* The same is done to one file after another, on the sites in turn. */
void
play_files(struct play *play, const struct attack_deed *deed)
{
	const struct arg *deeds = deed_arg(deed, "deeds");
	const struct arg *sites = deed_arg(deed, "sites");
	uint32_t times = play_number(play, deed, "times", 1);
	uint32_t first = play_number(play, deed, "first", 0);
	uint32_t every = play_number(play, deed, "every", 1);
	const struct who *who = play_who(play, deed, "files");
	struct file file = {.personal = play_word(play, deed, "personal")};
	uint32_t turn = play->turn;

	for (uint32_t i = 0; i < times; i++) {
		file.number = first + i * every;
		play->turn = i;
		file.site = sites->n ? play_number(play, deed, "sites", 0) : 0;
		if (play_item(play, deed, "wait"))
			scene_wait(
			    play->scene, play_number(play, deed, "wait", 0));
		for (play->turn = 0; play->turn < deeds->n; play->turn++) {
			if (play->turn > 0)
				scene_wait(play->scene,
				    play_number(play, deed, "between", 1));
			file_deed(play->scene->gen, who,
			    (enum file_deed)play_word(play, deed, "deeds"),
			    &file);
		}
	}
	play->turn = turn;
}
