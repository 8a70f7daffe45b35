/**
 * Which parts are taken of something that is shared out in ranges, as a file or a block of memory. Decisions only;
 * whoever asks holds a lock. Imports: the JDK and annotations only.
 */
@NullMarked
package io.nereid.backend.ranges;

import org.jspecify.annotations.NullMarked;
