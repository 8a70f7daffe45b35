@NullMarked
package io.nereid.backend.square;

import org.jspecify.annotations.NullMarked;
