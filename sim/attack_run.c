#include "attack_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* --- arguments --- */

static const struct item *
item_at(const struct attack_deed *deed, const char *name, uint32_t at)
{
	const struct arg *arg = deed_arg(deed, name);

	return arg->n ? &arg->items[at % arg->n] : NULL;
}

const struct item *
play_item(struct play *play, const struct attack_deed *deed, const char *name)
{
	return item_at(deed, name, play->turn);
}

uint32_t
play_number(struct play *play, const struct attack_deed *deed, const char *name,
    uint32_t otherwise)
{
	const struct item *item = play_item(play, deed, name);

	if (!item)
		return otherwise;
	if (item->parameter >= 0)
		return play->scene->with.value[item->parameter];
	return item->from == item->to
	           ? item->from
	           : rng_range(&play->scene->rng, item->from, item->to);
}

/* The row's own index of a parameter's word. */
static unsigned
word_of_parameter(const struct play *play, const struct attack_deed *deed,
    const char *name, unsigned parameter)
{
	const struct attack_parameter *p = &play->attack->parameters[parameter];
	const char *word = p->words[play->scene->with.value[parameter]];
	const struct arg_row *row =
	    &deed->row->args[deed_arg(deed, name) - deed->args];
	unsigned i = 0;

	/* it was looked for when the scenario was read */
	while (strcmp(row->words[i], word) != 0)
		i++;
	return i;
}

unsigned
play_word(struct play *play, const struct attack_deed *deed, const char *name)
{
	const struct item *item = play_item(play, deed, name);

	if (item && item->parameter >= 0)
		return word_of_parameter(
		    play, deed, name, (unsigned)item->parameter);
	return item ? item->from : 0;
}

unsigned
play_any_word(
    struct play *play, const struct attack_deed *deed, const char *name)
{
	uint32_t turn = play->turn;
	unsigned word;

	play->turn = rng_below(&play->scene->rng, deed_arg(deed, name)->n);
	word = play_word(play, deed, name);
	play->turn = turn;
	return word;
}

const char *
play_plain(struct play *play, const struct attack_deed *deed, const char *name)
{
	const struct item *item = play_item(play, deed, name);

	return item ? item->text : NULL;
}

/* What ${...} stands for; the reader has seen that it is known. */
static const char *
value_of(const struct play *play, struct slice name)
{
	struct slice role = slice_cut(&name, '.');

	if (slice_eq(role, SLICE("mailbox")) && name.len == 0)
		return play->mailbox ? play->mailbox->oid : "";
	if (slice_eq(role, SLICE("message")) && name.len == 0)
		return play->message_id;
	if (name.len == 0)
		return play->each;
	for (size_t i = 0; i < ROLES_MAX; i++) {
		const struct person *person = &play->actors[i].person;
		const char *known = play->attack->roles[i].name;

		if (known && slice_eq(role, slice_cstr(known)))
			return slice_eq(name, SLICE("user")) ? person->upn
			                                     : person->local;
	}
	return "";
}

const char *
play_fill(struct play *play, const char *text)
{
	const char *open = strstr(text, "${");
	struct buf out = {0};
	const char *filled;

	if (!open)
		return text;
	for (; open; open = strstr(text, "${")) {
		const char *close = strchr(open, '}');

		buf_add(&out, text, (size_t)(open - text));
		buf_str(&out, value_of(play, slice_of(open + 2,
		                                 (size_t)(close - open - 2))));
		text = close + 1;
	}
	buf_str(&out, text);
	filled = arena_copy(&play->text, buf_slice(&out)).ptr;
	buf_release(&out);
	return filled;
}

const char *
play_text(struct play *play, const struct attack_deed *deed, const char *name)
{
	const char *text = play_plain(play, deed, name);

	return text ? play_fill(play, text) : NULL;
}

struct actor *
play_actor(struct play *play, const struct attack_deed *deed, const char *name)
{
	const struct item *item = play_item(play, deed, name);

	return item ? &play->actors[item->role] : NULL;
}

struct who *
play_who(struct play *play, const struct attack_deed *deed, const char *name)
{
	struct who *who = &play_actor(play, deed, name)->who;

	play->scene->gen->org = who->person->org;
	return who;
}

const struct app_view *
play_app_view(struct play *play, const struct item *item, struct app_view *room)
{
	if (item->role >= 0)
		return &play->actors[item->role].app;
	if (!item->text) {
		app_load(room, play->scene->org, (enum app_id)item->from);
	} else {
		*room = (struct app_view){.app = {.id = item->text}};
	}
	return room;
}

/* --- the order of things --- */

static void
play_list(struct play *play, const struct attack_deed *deeds)
{
	for (const struct attack_deed *deed = deeds; deed; deed = deed->next) {
		arena_reset(&play->text);
		deed->row->play(play, deed);
		play->scene->gen->org = play->scene->org;
	}
}

void
play_step(struct play *play, const struct attack_deed *deed)
{
	scene_step(play->scene, play_number(play, deed, "step", 0),
	    play_plain(play, deed, "technique"),
	    play_plain(play, deed, "what"));
	play_list(play, deed_arg(deed, "do")->deeds);
}

void
play_repeat(struct play *play, const struct attack_deed *deed)
{
	uint32_t turn = play->turn;
	uint32_t times = play_number(play, deed, "repeat", 0);

	for (play->turn = 0; play->turn < times; play->turn++)
		play_list(play, deed_arg(deed, "do")->deeds);
	play->turn = turn;
}

void
play_each(struct play *play, const struct attack_deed *deed)
{
	const struct arg *each = deed_arg(deed, "each");
	const char *outer = play->each;
	uint32_t turn = play->turn;

	for (play->turn = 0; play->turn < each->n; play->turn++) {
		play->each = each->items[play->turn].text;
		play_list(play, deed_arg(deed, "do")->deeds);
	}
	play->each = outer;
	play->turn = turn;
}

void
play_when(struct play *play, const struct attack_deed *deed)
{
	const struct arg *when = deed_arg(deed, "when");

	for (uint32_t i = 0; i < when->n; i++)
		if (play->scene->with.value[when->items[i].parameter] !=
		    when->items[i].from)
			return;
	play_list(play, deed_arg(deed, "do")->deeds);
}

void
play_wait(struct play *play, const struct attack_deed *deed)
{
	scene_wait(play->scene, play_number(play, deed, "wait", 0));
}

void
play_until(struct play *play, const struct attack_deed *deed)
{
	scene_skip_to(play->scene, play_number(play, deed, "until", 0));
}

void
play_until_work(struct play *play, const struct attack_deed *deed)
{
	scene_until_work(
	    play->scene, &play_actor(play, deed, "until-work")->person);
}

void
attack_play(const struct attack *attack, struct scene *scene)
{
	struct play *play = xcalloc(1, sizeof(*play));
	const struct comeback *back;

	play->scene = scene;
	play->attack = attack;
	org_init_test(&play->test, scene->org);
	play_list(play, attack->cast);
	play->drawn = true;
	play_list(play, attack->steps);
	back = scene_end(scene, attack->comebacks, attack->n_comebacks);
	if (back)
		play_list(play, back->deeds);
	arena_release(&play->text);
	free(play);
}
