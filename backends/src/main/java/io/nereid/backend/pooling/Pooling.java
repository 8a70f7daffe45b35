package io.nereid.backend.pooling;

/** Which of the tokens' vectors become the text's. */
enum Pooling {
    /** The mean of those that the mask counts. */
    MEAN,
    /** That of the first token. */
    CLS,
    /** That of the last token which the mask counts. */
    LAST
}
