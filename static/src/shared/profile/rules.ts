// Checks of what people tell about themselves before anything is sent; the server checks again and knows more.
export const PASSWORD_LENGTH = 10

/** Only catches slips: whether mail arrives is the real test. */
export const looksLikeEmail = (text: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim())
