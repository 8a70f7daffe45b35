/**
 * The {@code tokenizer} backend: texts in, the ids of their tokens out, padded to the longest of a request
 * (docs/embeddings.md). WordPiece, as of BERT and its kin, by {@code tokenizer.json} or {@code vocab.txt}; ids are those of
 * Hugging Face's library. Runs on instance threads. Imports: the backend SPI and Jackson's parser; no other backend.
 */
@NullMarked
package io.nereid.backend.tokenizer;

import org.jspecify.annotations.NullMarked;
