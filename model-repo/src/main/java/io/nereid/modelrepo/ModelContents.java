package io.nereid.modelrepo;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the files of a model were at one moment: two of them are equal exactly if every file had the same content.
 *
 * @param digests something that names the content of each file (a hash, an entity tag), by the file's path relative to
 *     the model's directory, with {@code /} between names; an empty digest for a directory, whose path ends with {@code
 *     /}, where the store has such a thing
 */
public record ModelContents(SortedMap<String, String> digests) {
    public ModelContents {
        digests = Collections.unmodifiableSortedMap(new TreeMap<>(digests));
    }

    /** Nothing is known of the files. */
    public static final ModelContents UNKNOWN = new ModelContents(new TreeMap<>());

    /** The files that all versions share, but for the configurations, which are compared by what they say. */
    public ModelContents ofAllVersions() {
        SortedMap<String, String> shared = new TreeMap<>(digests);
        shared.keySet().removeIf(path -> path.equals("config.pbtxt") || path.startsWith("configs/")
                || path.matches("\\d+/.*"));
        return new ModelContents(shared);
    }

    /** The files of one version alone. */
    public ModelContents ofVersion(long version) {
        return new ModelContents(digests.subMap(version + "/", version + "0")); // '0' follows '/'
    }
}
