/**
 * What a request costs by the protocol it comes over, and by where its tensors lie: in the message or in shared memory.
 * The figures are for reading; nothing here passes or fails.
 */
@NullMarked
package io.nereid.bench.load.protocols;

import org.jspecify.annotations.NullMarked;
