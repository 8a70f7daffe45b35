/**
 * What of the memory that is shared with workers each of them has: extents, and who keeps them. Runs on any thread.
 * Imports: {@code io.nereid.inference}, the backend SPI and {@code .message}.
 */
@NullMarked
package io.nereid.backend.worker.memory;

import org.jspecify.annotations.NullMarked;
