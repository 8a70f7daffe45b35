package io.nereid.modelrepo.objectstore;

import java.io.IOException;

/** An object is no longer what the listing said. */
final class ObjectChangedException extends IOException {
    private static final long serialVersionUID = 1;

    ObjectChangedException(String key) {
        super("object '" + key + "' has changed or is gone");
    }
}
