package io.nereid.modelrepo.objectstore;

import io.nereid.modelrepo.objectstore.Bucket.Item;
import io.nereid.modelrepo.objectstore.PagedBucket.Page;

import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.List;

import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Reads pages of listings of Azure Blob Storage; a folder of a hierarchical namespace has a slash behind its name. */
final class AzurePage {
    private AzurePage() {}

    /** @throws IOException if the answer is no such page */
    static Page read(InputStream body) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        try {
            return new Reader(factory.createXMLStreamReader(body)).read();
        } catch (XMLStreamException e) {
            if (e.getNestedException() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException("the answer of Azure Blob Storage is no list of objects");
        }
    }

    private static final class Reader {
        private final XMLStreamReader xml;
        private final List<Item> items = new ArrayList<>();
        private final List<String> prefixes = new ArrayList<>();
        private String next = "";

        Reader(XMLStreamReader xml) {
            this.xml = xml;
        }

        Page read() throws XMLStreamException {
            while (xml.hasNext()) {
                if (xml.next() == XMLStreamConstants.START_ELEMENT) {
                    switch (xml.getLocalName()) {
                        case "Blob" -> items.add(object());
                        case "BlobPrefix" -> prefixes.add(object().key());
                        case "NextMarker" -> next = xml.getElementText();
                        default -> {
                            // what is in it is looked at
                        }
                    }
                }
            }
            return new Page(items, prefixes, next);
        }

        private Item object() throws XMLStreamException {
            String name = "";
            String tag = "";
            long size = 0;
            boolean folder = false;
            while (xml.nextTag() == XMLStreamConstants.START_ELEMENT) {
                switch (xml.getLocalName()) {
                    case "Name" -> name = name();
                    case "Properties" -> {
                        while (xml.nextTag() == XMLStreamConstants.START_ELEMENT) {
                            switch (xml.getLocalName()) {
                                case "Etag" -> tag = quoted(xml.getElementText());
                                case "Content-Length" -> size = number(xml.getElementText());
                                case "ResourceType" -> folder |= xml.getElementText().equals("directory");
                                default -> skip();
                            }
                        }
                    }
                    case "Metadata" -> {
                        while (xml.nextTag() == XMLStreamConstants.START_ELEMENT) {
                            boolean says = xml.getLocalName().equalsIgnoreCase("hdi_isfolder");
                            folder |= says && xml.getElementText().equalsIgnoreCase("true");
                            if (!says) {
                                skip();
                            }
                        }
                    }
                    default -> skip();
                }
            }
            return new Item(folder && !name.endsWith("/") ? name + "/" : name, tag, size);
        }

        /** One with characters that XML does not have is written as in a URL. */
        private String name() throws XMLStreamException {
            boolean encoded = "true".equals(xml.getAttributeValue(null, "Encoded"));
            String text = xml.getElementText();
            return encoded ? URLDecoder.decode(text.replace("+", "%2B"), UTF_8) : text;
        }

        private static String quoted(String tag) {
            return tag.startsWith("\"") ? tag : '"' + tag + '"';
        }

        private static long number(String text) throws XMLStreamException {
            try {
                return text.isEmpty() ? 0 : Long.parseLong(text);
            } catch (NumberFormatException _) {
                throw new XMLStreamException("no number");
            }
        }

        /** To the end of the element that has just begun. */
        private void skip() throws XMLStreamException {
            for (int depth = 1; depth > 0;) {
                switch (xml.next()) {
                    case XMLStreamConstants.START_ELEMENT -> depth++;
                    case XMLStreamConstants.END_ELEMENT -> depth--;
                    default -> {
                        // text
                    }
                }
            }
        }
    }
}
