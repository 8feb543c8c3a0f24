// Entry of the embeddable chat widget: a custom element whose shadow root keeps the host page's styles out.
import { render } from 'preact'
import { Widget } from './Widget'

class CasefeedWidget extends HTMLElement {
  connectedCallback() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    render(<Widget />, root)
  }

  disconnectedCallback() {
    if (this.shadowRoot) render(null, this.shadowRoot)
  }
}

if (!customElements.get('casefeed-widget')) customElements.define('casefeed-widget', CasefeedWidget)
