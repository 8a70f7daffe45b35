package io.nereid.modelrepo.objectstore;

import com.sun.net.httpserver.HttpExchange;

import java.io.IOException;
import java.net.URLDecoder;
import java.util.List;
import java.util.Map;

import static java.nio.charset.StandardCharsets.UTF_8;

/** As much of Google Cloud Storage's JSON API as a model store needs. */
final class GcsServer extends ObjectServer {
    private static final String ROOT = "/storage/v1/b/" + BUCKET + "/o";

    @Override
    void answer(HttpExchange exchange, Map<String, String> query) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        if (path.startsWith(ROOT + "/")) {
            beforeDownload.accept(URLDecoder.decode(path.substring(ROOT.length() + 1), UTF_8));
        }
        int instead = status.getAndSet(0);
        if (instead != 0) {
            send(exchange, instead, "{}");
            return;
        }
        if (path.equals(ROOT)) {
            list(exchange, query);
        } else if (path.startsWith(ROOT + "/")) {
            get(exchange, URLDecoder.decode(path.substring(ROOT.length() + 1), UTF_8), query);
        } else {
            send(exchange, 404, "{\"error\":{\"code\":404}}");
        }
    }

    private void list(HttpExchange exchange, Map<String, String> query) throws IOException {
        Page page = page(query.getOrDefault("prefix", ""), query.getOrDefault("delimiter", ""),
                query.getOrDefault("pageToken", ""));
        List<String> items = page.items().entrySet().stream()
                .map(item -> "{\"kind\":\"storage#object\",\"name\":\"" + item.getKey().replace("\\", "\\\\")
                        + "\",\"generation\":\""
                        + item.getValue().generation() + "\",\"acl\":[{}],\"size\":\""
                        + item.getValue().content().length() + "\"}")
                .toList();
        List<String> prefixes = page.prefixes().stream().map(prefix -> "\"" + prefix + "\"").toList();
        String next = page.next().isEmpty() ? "" : ",\"nextPageToken\":\"" + page.next() + "\"";
        send(exchange, 200, "{\"kind\":\"storage#objects\"" + next
                + (items.isEmpty() ? "" : ",\"items\":[" + String.join(",", items) + "]")
                + (prefixes.isEmpty() ? "" : ",\"prefixes\":[" + String.join(",", prefixes) + "]") + "}");
    }

    private void get(HttpExchange exchange, String key, Map<String, String> query) throws IOException {
        Stored stored = objects().get(key);
        if (stored == null || !String.valueOf(stored.generation()).equals(query.get("generation"))
                || !"media".equals(query.get("alt"))) {
            send(exchange, 404, "No such object");
        } else {
            send(exchange, 200, stored.content());
        }
    }
}
