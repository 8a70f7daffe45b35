package io.nereid.modelrepo.objectstore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A bucket whose service lists objects page by page. */
interface PagedBucket extends Bucket {
    /**
     * A page of a listing.
     *
     * @param items the objects
     * @param folders the names up to the next slash that several objects may share
     * @param next what the next page is asked for with; empty on the last
     */
    record Page(List<Item> items, List<String> folders, String next) {}

    /**
     * A page of what lies under a prefix.
     *
     * @param byFolder whether names with a further slash are listed as folders only
     * @param token empty for the first page, else {@link Page#next} of the one before
     */
    Page page(String prefix, boolean byFolder, String token) throws IOException;

    @Override
    default List<String> folders(String prefix) throws IOException {
        List<String> folders = new ArrayList<>();
        String next = "";
        do {
            Page page = page(prefix, true, next);
            folders.addAll(page.folders());
            next = page.next();
        } while (!next.isEmpty());
        return folders;
    }

    @Override
    default List<Item> list(String prefix, int max) throws IOException {
        List<Item> items = new ArrayList<>();
        String next = "";
        do {
            Page page = page(prefix, false, next);
            items.addAll(page.items());
            if (items.size() > max) {
                throw new IOException("more than " + max + " objects under '" + prefix + "'");
            }
            next = page.next();
        } while (!next.isEmpty());
        return items;
    }
}
