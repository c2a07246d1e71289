#ifndef BASE_SHARE_H
#define BASE_SHARE_H

/*
 * share - where the files that come with the program are: beside it in
 * share/firn (as it is built) or in ../share/firn (as it is installed); of a
 * child in lib/firn, in ../../share/firn.
 */

/*
 * The path of share/firn/<name>, unless the environment variable `variable`
 * gives another one.  In memory for free(); NULL if there is none.
 */
char *share_path(const char *variable, const char *name);

#endif
