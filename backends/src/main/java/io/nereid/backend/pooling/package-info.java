/**
 * The {@code pooling} backend: of the vectors of a text's tokens it makes one of the text (docs/embeddings.md). Runs on
 * instance threads. Imports: the backend SPI; no other backend.
 */
@NullMarked
package io.nereid.backend.pooling;

import org.jspecify.annotations.NullMarked;
