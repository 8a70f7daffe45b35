/**
 * What every other room talks about.
 */
@NullMarked
package io.nereid.inference;

import org.jspecify.annotations.NullMarked;
