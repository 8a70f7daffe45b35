/**
 * What a call from a Python model to another model is compared with: the same call by a program in the server's process.
 *
 * <p>One thread, that of {@code main}.
 */
@NullMarked
package io.nereid.bench.load.python;

import org.jspecify.annotations.NullMarked;
