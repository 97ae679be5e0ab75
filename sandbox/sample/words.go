package sample

import (
	"strings"

	"counterparty-sync/internal/kontur/konturtest"
)

// form is a legal form.
type form struct{ full, short, code, plural string }

// forms are weighted by repetition: nine of ten companies are ООО.
var forms = []form{
	limited, limited, limited, limited, limited, limited, limited, limited, limited,
	{"АКЦИОНЕРНОЕ ОБЩЕСТВО", "АО", "12267", "Непубличные акционерные общества"},
}

var limited = form{"ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ", "ООО", "12300", "Общества с ограниченной ответственностью"}

// Words that names are made of. Given names and patronymics are such as nobody has.
var (
	adjectives = strings.Fields("Северный Южный Дальний Новый Светлый Быстрый Ясный Тихий Верный Первый Красный Зелёный Горный " +
		"Речной Лесной Полевой Степной Морской Тестовый Образцовый")
	nouns = strings.Fields("Ветер Мост Парус Маяк Берег Кедр Сокол Путь Склад Дом Сад Завод Камень Ключ Рассвет Горизонт Причал " +
		"Ручей Пример Образец")
	tails       = []string{"", "Трейд", "Сервис", "Плюс", "Логистик", "Строй", "Инвест", "Групп", "Ко", "Центр"}
	surnames    = strings.Fields("Тестов Примеров Образцов Пробников Макетов Песочников Заглушкин Болванкин Эталонов Шаблонов")
	givenNames  = strings.Fields("Тест Пример Образец Макет Шаблон Эталон")
	patronymics = strings.Fields("Тестович Примерович Образцович Макетович Шаблонович Эталонович")
	positions   = []string{"ГЕНЕРАЛЬНЫЙ ДИРЕКТОР", "ДИРЕКТОР", "ПРЕЗИДЕНТ"}
	cities      = strings.Fields("Примерск Образцово Тестоград Песочинск Макетск Шаблонов Пробный")
)

var regions = []konturtest.Toponym{
	{Short: "обл", Full: "область", Value: "Примерная"},
	{Short: "край", Full: "край", Value: "Образцовый"},
	{Short: "обл", Full: "область", Value: "Тестовая"},
}

var streets = []konturtest.Toponym{
	{Short: "ул", Full: "улица", Value: "Тестовая"},
	{Short: "ул", Full: "улица", Value: "Примерная"},
	{Short: "ул", Full: "улица", Value: "1-я Песочная"},
	{Short: "пр-кт", Full: "проспект", Value: "Образцовый"},
	{Short: "пер", Full: "переулок", Value: "Пробный"},
	{Short: "наб", Full: "набережная", Value: "Макетная"},
	{Short: "пл", Full: "площадь", Value: "Эталонная"},
}
