#include "incident/say.h"

#include "base/time.h"

const char *
say_time(struct arena *arena, int64_t time_us)
{
	char room[TIME_TEXT_MAX];
	struct slice text;

	if (time_us == EVENT_NO_TIME)
		return "an unknown time";
	text = time_format(time_us, room);
	return arena_printf(arena, "%.10s %.8s", text.ptr, text.ptr + 11).ptr;
}

const char *
say_who(struct arena *arena, const struct act *act)
{
	struct slice who = act->account, app = act->col[EV_APP_NAME];
	struct slice ip = act->ip;

	if (!app.len)
		app = act->col[EV_APP_ID];
	if (!who.len)
		who = act->col[EV_ACTOR_NAME];
	if (act->app_only && app.len)
		who = arena_printf(arena, "app " SLICE_FMT, SLICE_ARG(app));
	else if (!who.len)
		who = SLICE("someone who is not named");
	if (!ip.len)
		return arena_copy(arena, who).ptr;
	return arena_printf(
	    arena, SLICE_FMT " from " SLICE_FMT, SLICE_ARG(who), SLICE_ARG(ip))
	    .ptr;
}

const char *
say_list(
    struct arena *arena, const struct slice *list, size_t count, size_t most)
{
	const char *said = "";

	for (size_t i = 0; i < count && i < most; i++) {
		const char *sep = i ? ", " : "";

		if (i && i + 1 == count)
			sep = " and ";
		said = arena_printf(
		    arena, "%s%s" SLICE_FMT, said, sep, SLICE_ARG(list[i]))
		           .ptr;
	}
	if (count <= most)
		return said;
	return arena_printf(arena, "%s and %zu more", said, count - most).ptr;
}
