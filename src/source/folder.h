#ifndef SOURCE_FOLDER_H
#define SOURCE_FOLDER_H

#include "source/source.h"

/*
 * folder - a folder that exports are dropped into: kind `file`.
 *
 * A file is taken when it has not changed for a while, as `firn import` would
 * take it: each file once, by its bytes, whatever it is called.  Files stay
 * where they are.  Hidden ones, and names that end in .tmp or .part, are left
 * alone: who writes a large file does so under such a name and renames it.
 */
extern const struct source_kind source_folder;

#endif
