/**
 * Reads the small answers of servers into maps and lists: JSON by Jackson's stream parser alone, since the program starts
 * once for each measurement and loads no object mapper, and the same answers over gRPC. No threads. May import nothing of
 * the other packages.
 */
@NullMarked
package io.nereid.perf.json;

import org.jspecify.annotations.NullMarked;
