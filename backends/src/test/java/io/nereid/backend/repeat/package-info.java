@NullMarked
package io.nereid.backend.repeat;

import org.jspecify.annotations.NullMarked;
