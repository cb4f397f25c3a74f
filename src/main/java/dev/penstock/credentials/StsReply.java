// SPDX-License-Identifier: Apache-2.0
package dev.penstock.credentials;

import dev.penstock.config.ProviderConfig.AwsKeys;
import java.io.ByteArrayInputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads the XML of STS: a few elements by their names, whatever stands around them. A document type is refused before anything
 * of it is looked at, so there are no entities but the five of XML. Takes long the first time; not for the event loop.
 */
final class StsReply {

    private static final String WHAT = "the answer of STS";
    private static final Set<String> WANTED =
            Set.of("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", "Code");

    private StsReply() {}

    static Lease<AwsKeys> lease(byte[] xml) throws NoCredentials {
        Map<String, String> found;
        try {
            found = read(xml);
        } catch (XMLStreamException e) {
            throw new NoCredentials(WHAT + " is not the XML that was expected");
        }
        AwsKeys keys =
                Replies.keys(found.get("AccessKeyId"), found.get("SecretAccessKey"), found.get("SessionToken"), WHAT);
        return new Lease<>(keys, Replies.time(found.get("Expiration"), WHAT));
    }

    /** The code of an error, or null when there is none to be found. */
    static @Nullable String code(byte[] xml) {
        try {
            return read(xml).get("Code");
        } catch (XMLStreamException e) {
            return null;
        }
    }

    private static Map<String, String> read(byte[] xml) throws XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(xml), "UTF-8");
        try {
            return read(reader);
        } finally {
            reader.close();
        }
    }

    private static Map<String, String> read(XMLStreamReader reader) throws XMLStreamException {
        Map<String, String> found = new HashMap<>();
        String open = "";
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
                    throw new XMLStreamException("a document type");
                case XMLStreamConstants.START_ELEMENT -> open = reader.getLocalName();
                case XMLStreamConstants.END_ELEMENT -> open = "";
                case XMLStreamConstants.CHARACTERS -> {
                    if (WANTED.contains(open)) {
                        found.put(open, reader.getText().strip());
                    }
                }
                default -> {
                    // Comments and the like say nothing.
                }
            }
        }
        return found;
    }
}
