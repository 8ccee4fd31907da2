//! What came back. Invariant: an answer is looked at as clients do: status, headers, elements, links.

use roxmltree::{Document, Node};
use vcdsim_http::message::Response;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    response: Response,
    asked_version: String,
}

impl Answer {
    pub(crate) fn new(response: Response, version: &str) -> Self {
        Self { status: response.status, response, asked_version: version.to_owned() }
    }

    /// A header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// The body.
    ///
    /// # Panics
    /// When it is no text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.response.body).expect("documents are UTF-8")
    }

    /// The body, whatever it is.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.response.body
    }

    /// The media type without parameters.
    #[must_use]
    pub fn media(&self) -> &str {
        self.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default()
    }

    /// The version in the Content-Type.
    #[must_use]
    pub fn version(&self) -> &str {
        self.header("content-type").and_then(|media| media.split("version=").nth(1)).unwrap_or(&self.asked_version)
    }

    /// The document.
    ///
    /// # Panics
    /// When the body is no XML.
    #[must_use]
    pub fn xml(&self) -> Document<'_> {
        Document::parse(self.text()).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.text()).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// An attribute of the root element.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.xml().root_element().attribute(name).map(str::to_owned)
    }

    /// An attribute of the first element with this local name.
    #[must_use]
    pub fn attribute_of(&self, element: &str, name: &str) -> Option<String> {
        first(&self.xml(), element).and_then(|node| node.attribute(name)).map(str::to_owned)
    }

    /// The text of the first element with this local name.
    #[must_use]
    pub fn text_of(&self, element: &str) -> Option<String> {
        first(&self.xml(), element).map(|node| node.text().unwrap_or_default().to_owned())
    }

    /// How many elements have this local name.
    #[must_use]
    pub fn count(&self, element: &str) -> usize {
        self.xml().descendants().filter(|node| node.tag_name().name() == element).count()
    }

    /// The href of the link with this rel, and this type unless it is empty, among the children of the root.
    #[must_use]
    pub fn find_link(&self, rel: &str, media: &str) -> Option<String> {
        let document = self.xml();
        let mut links = document.root_element().children().filter(|node| node.tag_name().name() == "Link");
        let fits = |node: &Node<'_, '_>| node.attribute("rel") == Some(rel) && (media.is_empty() || node.attribute("type") == Some(media));
        links.find(fits).and_then(|node| node.attribute("href")).map(str::to_owned)
    }

    /// The href of a link that must be there.
    ///
    /// # Panics
    /// When it is not.
    #[must_use]
    pub fn link(&self, rel: &str, media: &str) -> String {
        self.find_link(rel, media).unwrap_or_else(|| panic!("no link {rel} {media} in {}", self.text()))
    }

    /// What the tasks in the document do.
    #[must_use]
    pub fn operations(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(self.bytes());
        let spelled = [" operationName=\"", "\"operationName\":\""];
        let found = spelled.iter().flat_map(|before| text.split(before).skip(1).filter_map(|rest| rest.split('"').next()));
        found.map(str::to_owned).collect()
    }

    /// The document with one element a line, for goldens.
    #[must_use]
    pub fn pretty(&self) -> String {
        pretty(self.text())
    }
}

fn first<'a, 'i>(document: &'a Document<'i>, element: &str) -> Option<Node<'a, 'i>> {
    document.descendants().find(|node| node.tag_name().name() == element)
}

/// One tag a line, indented; text stays on the line of its element.
fn pretty(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len() * 2);
    let mut depth = 0_usize;
    let mut rest = xml;
    let mut after_text = false;
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        out.push_str(text);
        let Some(end) = rest[start..].find('>') else { break };
        let tag = &rest[start..=start + end];
        let closing = tag.starts_with("</");
        if closing {
            depth = depth.saturating_sub(1);
        }
        let inline = closing && (!text.is_empty() || after_text);
        if !inline && !out.is_empty() {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        }
        out.push_str(tag);
        after_text = false;
        if !closing && !tag.ends_with("/>") && !tag.starts_with("<?") {
            depth += 1;
            after_text = rest[start + end + 1..].starts_with("</");
        }
        rest = &rest[start + end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pretty_printing_keeps_text_with_its_element() {
        assert_eq!(pretty("<?xml?><a><b>t</b><c/><d></d></a>"), "<?xml?>\n<a>\n  <b>t</b>\n  <c/>\n  <d></d>\n</a>");
    }
}
